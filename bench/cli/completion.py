"""`restorebench completion`: complete commands, options and names in a shell."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cyclopts import App

from ..errors import UsageError
from .common_options import with_verbosity

__all__ = ["completion", "script"]

Shell = Literal["bash", "zsh", "fish"]

completion = App(
    name="completion",
    help_format="plaintext",
    help="Complete commands, options, and names of models, data sets, protocols and runs in a shell.\n\n"
    "For example:\n"
    "  restorebench completion install\n"
    "  restorebench completion show zsh > ~/.zfunc/_restorebench\n"
    "  source <(restorebench completion show bash)",
)

BASH_FUNCTION = "_restorebench() {\n"
BASH_BEGIN = r"""
  # Bash splits words at = : @ as well, and completes the last piece alone.
  local -a _pieces=("${COMP_WORDS[@]}") _whole=()
  local _rest="$COMP_LINE" _last="${COMP_WORDS[COMP_CWORD]}" _piece _before _i _n=-1
  for ((_i = 0; _i <= COMP_CWORD; _i++)); do
    _piece="${_pieces[_i]}"
    if [[ $_n -lt 0 || "$_rest" == [[:space:]]* ]]; then
      _n=$((_n + 1))
      _whole[_n]="$_piece"
    else
      _whole[_n]="${_whole[_n]}$_piece"
    fi
    _rest="${_rest#"${_rest%%[![:space:]]*}"}"
    _rest="${_rest#"$_piece"}"
  done
  [[ "$_last" == [=:@] ]] && _last=""
  _before="${_whole[_n]%"$_last"}"
  _before="${_before%@}"  # which belongs to the last piece
  local -a COMP_WORDS=("${_whole[@]//\\/}")
  local COMP_CWORD=$_n
"""
"""Start of bash's function: a name such as `gopro=/data` or `gopro@1` is one word."""

BASH_END = r"""
  for ((_i = 0; _i < ${#COMPREPLY[@]}; _i++)); do
    COMPREPLY[_i]="${COMPREPLY[_i]#"$_before"}"
  done
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/] ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
"""
"""End of bash's function: the last piece alone, and no space after what goes on, such as `NAME=` and `FOLDER/`."""

ZSH_ADD = "  (( ${#_cyc_vals} )) && compadd -d _cyc_disp -a _cyc_vals\n"
ZSH_ADD_OPEN = """
  local -a _cyc_end=()
  (( ${#${(M)_cyc_vals:#*[=/]}} )) && _cyc_end=(-S '')
  (( ${#_cyc_vals} )) && compadd "${_cyc_end[@]}" -d _cyc_disp -a _cyc_vals
"""
"""What adds names in zsh, and the same without a space after words that go on."""

ZSH_END = """
if [[ "$funcstack[1]" == _*restorebench ]]; then
  _cyclopts_restorebench "$@"
else
  compdef _cyclopts_restorebench restorebench
fi
"""
"""Makes the script work under any usual name in zsh's folders, and with `source`."""


@completion.command
@with_verbosity
def show(shell: Shell) -> None:
    """Print the completion script of a shell.

    For example:
      restorebench completion show bash > ~/.local/share/bash-completion/completions/restorebench

    Args:
        shell: bash, zsh or fish.
    """
    from ..terminal.display import print_text

    print_text(script(shell))


@completion.command
@with_verbosity
def install(shell: Shell | None = None, *, out: Path | None = None) -> None:
    """Install the completion script where the shell looks for it; bash and zsh also get a line in their startup file.

    Run it again after an update of restorebench: the script lists the options.

    For example:
      restorebench completion install
      restorebench completion install zsh
      restorebench completion install fish --out ~/.config/fish/completions/restorebench.fish

    Args:
        shell: bash, zsh or fish (default: the one that runs this command).
        out: Write the script to this file, and change no startup file.
    """
    from cyclopts.completion.install import add_to_rc_file, get_default_completion_path

    from ..files.atomic import write_atomic
    from ..terminal.display import note, print_text
    from ..terminal.paths import shown_path

    used = shell or _this_shell()
    file = out or get_default_completion_path(used, "restorebench")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, script(used))
    if out is None and used != "fish" and add_to_rc_file(file, "restorebench", used):
        note(f"A line in ~/.{used}rc loads it.")
    if out is None:
        note(f"New {used} shells complete restorebench.")
    print_text(shown_path(file))


def script(shell: Shell) -> str:
    """The completion script of a shell.

    Names are asked for when they are needed, by `restorebench __complete`; commands and options are in the script.
    """
    from . import make_app

    text = make_app((), whole=True).generate_completion(prog_name="restorebench", shell=shell)
    if shell == "bash":
        text = text.replace("complete -F", "complete -o bashdefault -o default -F")  # files where no name fits
        text = text.replace(BASH_FUNCTION, BASH_FUNCTION + BASH_BEGIN, 1)
        return BASH_END.join(text.rsplit("}\n", 1))
    return text.replace(ZSH_ADD, ZSH_ADD_OPEN) + ZSH_END if shell == "zsh" else text


def _this_shell() -> Shell:
    from cyclopts.completion.detect import ShellDetectionError, detect_shell

    try:
        found = detect_shell()
    except ShellDetectionError as error:
        raise UsageError(
            "Which shell this is cannot be told: name it, as in restorebench completion install bash."
        ) from error
    if found == "powershell":
        raise UsageError("There is no completion for PowerShell: name bash, zsh or fish.")
    return found
