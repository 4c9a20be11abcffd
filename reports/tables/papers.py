"""The papers on arXiv that published numbers are taken from."""

from __future__ import annotations

from ...bench.contracts import Citation

__all__ = ["PAPERS"]

PAPERS = {
    paper.arxiv: paper
    for paper in (
        Citation(
            (
                "Zamir, Syed Waqas",
                "Arora, Aditya",
                "Khan, Salman",
                "Hayat, Munawar",
                "Khan, Fahad Shahbaz",
                "Yang, Ming-Hsuan",
                "Shao, Ling",
            ),
            "Multi-Stage Progressive Image Restoration",
            "CVPR",
            2021,
            arxiv="2102.02808",
        ),
        Citation(
            (
                "Wang, Zhendong",
                "Cun, Xiaodong",
                "Bao, Jianmin",
                "Zhou, Wengang",
                "Liu, Jianzhuang",
                "Li, Houqiang",
            ),
            "Uformer: A General U-Shaped Transformer for Image Restoration",
            "CVPR",
            2022,
            arxiv="2106.03106",
        ),
        Citation(
            ("Chen, Liangyu", "Chu, Xiaojie", "Zhang, Xiangyu", "Sun, Jian"),
            "Simple Baselines for Image Restoration",
            "ECCV",
            2022,
            arxiv="2204.04676",
        ),
        Citation(
            (
                "Zamir, Syed Waqas",
                "Arora, Aditya",
                "Khan, Salman",
                "Hayat, Munawar",
                "Khan, Fahad Shahbaz",
                "Yang, Ming-Hsuan",
            ),
            "Restormer: Efficient Transformer for High-Resolution Image Restoration",
            "CVPR",
            2022,
            arxiv="2111.09881",
        ),
        Citation(
            ("Kong, Lingshun", "Dong, Jiangxin", "Ge, Jianjun", "Li, Mingqiang", "Pan, Jinshan"),
            "Efficient Frequency Domain-based Transformers for High-Quality Image Deblurring",
            "CVPR",
            2023,
            arxiv="2211.12250",
        ),
        Citation(
            ("Liu, Zhanwen", "Zhou, Sai", "Dai, Yuchao", "Wang, Yang", "An, Yisheng", "Zhao, Xiangmo"),
            "DPMambaIR: All-in-One Image Restoration via Degradation-Aware Prompt State Space Model",
            year=2025,
            arxiv="2504.17732",
        ),
        Citation(
            ("Likhite, Shamika", "López-Tapia, Santiago", "Katsaggelos, Aggelos K."),
            "Physics-Informed Image Restoration via Progressive PDE Integration",
            year=2025,
            arxiv="2511.06244",
        ),
    )
}
"""By number. Those of registered models equal the citations of their cards, which would be slow to load."""
