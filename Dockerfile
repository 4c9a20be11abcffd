# restorebench with every extra that is free for every use but Numba and Ray, which are large; data, weights and
# results stay outside:
#
#   docker build --tag restorebench .
#   docker run --rm --gpus all --user "$(id -u):$(id -g)" -v /data:/data:ro -v "$PWD:/runs" restorebench \
#       run -m prenet=/runs/prenet.pth -d rain100h=/data/Rain100H
#
# Without a GPU, build with `--build-arg TORCH_INDEX=` and the address of PyTorch's index for processors: it is 5 GB smaller.
FROM python:3.12-slim AS build

ARG TORCH_INDEX=""
RUN python -m venv /opt/restorebench
COPY . /source
RUN if [ -n "$TORCH_INDEX" ]; then /opt/restorebench/bin/pip install --no-cache-dir --index-url "$TORCH_INDEX" torch torchvision; fi \
    && /opt/restorebench/bin/pip install --no-cache-dir '/source[realblur,codecs,lmdb,gpu,spandrel,onnx]'

FROM python:3.12-slim

COPY --from=build /opt/restorebench /opt/restorebench
# Caches where any user may write; mount volumes there to keep them.
ENV PATH=/opt/restorebench/bin:$PATH HOME=/cache/home RESTOREBENCH_CACHE=/cache/restorebench TORCH_HOME=/cache/torch
RUN mkdir -p /cache/home && chmod -R 1777 /cache
WORKDIR /runs
ENTRYPOINT ["restorebench"]
CMD ["doctor"]
