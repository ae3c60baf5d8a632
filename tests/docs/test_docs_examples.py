"""Every example of the README and of the pages in docs/ runs.

The blocks of a page run in order, in one namespace and one empty working directory: ```python
blocks (with `>>>` as doctests, else as they stand) and the commands of ```console blocks, which
must exit with 0 and, where lines stand below one, print these; "..." stands for any text. An HTML
comment before a block says what is special: `<!-- not run: reason -->` skips it, `<!-- exits with
2 -->` expects that status from the commands.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(page for page in [ROOT / "README.md", *ROOT.glob("docs/*.md")] if page.is_file())

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,})(?P<language>[^\s`]*)")
NOT_RUN = re.compile(r"^<!--\s*not run:\s*\S.*-->$")
EXITS_WITH = re.compile(r"^<!--\s*exits with (?P<status>\d+)\s*-->$")
LANGUAGES = frozenset({"python", "console"})
# These would look like examples that run, and would not be.
MISLEADING_LANGUAGES = frozenset({"bash", "ipython", "py", "pycon", "sh", "shell", "zsh"})


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and text, the line where the text begins, the comment before."""

    language: str
    text: str
    line: int
    comment: str


def blocks_of(markdown: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page; a fence ends at the next one that is at least as long."""
    lines = markdown.splitlines()
    comment, number = "", 0
    while number < len(lines):
        fence = FENCE.match(lines[number])
        if fence is None:
            if lines[number].strip():
                comment = lines[number].strip()
            number += 1
            continue
        end = number + 1
        closing = re.compile(rf"^ *{fence['ticks'][0]}{{{len(fence['ticks'])},}}\s*$")
        while end < len(lines) and not closing.match(lines[end]):
            end += 1
        if end == len(lines):
            raise ValueError(f"line {number + 1}: this fence never ends")
        indent = len(fence["indent"])
        text = "".join(line[indent:] + "\n" for line in lines[number + 1 : end])
        yield Block(fence["language"].lower(), text, number + 2, comment)
        comment, number = "", end + 1


def commands_of(text: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, without their prompts, and what is shown of each."""
    commands: list[str] = []
    shown: list[str] = []
    continues = False
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append(line.removeprefix("$ "))
            shown.append("")
        elif continues:
            commands[-1] += line.removeprefix("> ")
        else:
            if shown:
                shown[-1] += f"{line}\n"
            continue
        continues = commands[-1].endswith("\\")
        if continues:
            commands[-1] = commands[-1].removesuffix("\\")
    return list(zip(commands, shown, strict=True))


def runnable(path: Path) -> list[Block]:
    """Return the blocks of a page that are examples to run."""
    return [block for block in blocks_of(path.read_text("utf-8")) if block.language in LANGUAGES]


@dataclass
class Page:
    """One page as it is read from the top: namespace, directory, what became of its blocks."""

    path: Path
    directory: Path
    blocks: list[Block]
    namespace: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    outcomes: list[BaseException | None] = field(default_factory=list)
    broken: bool = False

    def run_through(self, index: int) -> None:
        """Run every block up to this one that has not run yet, and raise what became of this one.

        Blocks may be shared out to several processes, and any one may be asked for alone, so each
        brings its predecessors. Where one of those fails, its own test says so.
        """
        while len(self.outcomes) <= index:
            self.outcomes.append(self._outcome(self.blocks[len(self.outcomes)]))
        outcome = self.outcomes[index]
        if outcome is not None:
            raise outcome

    def _outcome(self, block: Block) -> BaseException | None:
        try:
            if self.broken:
                pytest.skip("an earlier block of the page failed")
            self._run(block)
        except pytest.skip.Exception as skipped:
            return skipped
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 – raised by run_through
            self.broken = True
            return error
        return None

    def _run(self, block: Block) -> None:
        if NOT_RUN.match(block.comment):
            pytest.skip(block.comment)
        if block.language == "console":
            self._run_console(block)
        elif ">>>" in block.text:
            self._run_doctest(block)
        else:
            # Empty lines before it, so that a traceback names the page's own line.
            source = "\n" * (block.line - 1) + block.text
            code = compile(source, str(self.path), "exec", dont_inherit=True)
            exec(code, self.namespace)

    def _run_doctest(self, block: Block) -> None:
        name = f"{self.path.name}:{block.line}"
        test = doctest.DocTestParser().get_doctest(
            block.text, self.namespace, name, str(self.path), block.line - 1
        )
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        report: list[str] = []
        runner = doctest.DocTestRunner(verbose=False, optionflags=flags)
        runner.run(test, out=report.append, clear_globs=False)
        self.namespace.update(test.globs)
        if runner.failures:
            pytest.fail("".join(report), pytrace=False)

    def _run_console(self, block: Block) -> None:
        expected = EXITS_WITH.match(block.comment)
        status = int(expected["status"]) if expected else 0
        commands = commands_of(block.text)
        if not commands:
            pytest.fail(f"line {block.line}: a console block without a command ('$ ccmsim ...')")
        for command, shown in commands:
            words = shlex.split(command, comments=True)
            if words[:1] != ["ccmsim"]:
                pytest.fail(
                    f"{command!r} is not a ccmsim command; put '<!-- not run: reason -->' before it"
                )
            done = subprocess.run(
                [sys.executable, "-m", "ccmsim", *words[1:]],
                cwd=self.directory,
                env=os.environ | {"COLUMNS": "100", "MPLBACKEND": "Agg", "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=600,
            )
            printed = f"{done.stdout}{done.stderr}"
            assert done.returncode == status, f"$ {command}\n{printed}"
            if shown.strip():
                _compare(command, shown, printed)


def _compare(command: str, shown: str, printed: str) -> None:
    """Fail where a command printed something else than the page shows."""
    checker, example = doctest.OutputChecker(), doctest.Example(command, shown)
    if not checker.check_output(shown, printed, doctest.ELLIPSIS):
        difference = checker.output_difference(example, printed, doctest.ELLIPSIS)
        pytest.fail(f"$ {command}\n{difference}", pytrace=False)


EXAMPLES = [
    pytest.param(
        path, index, id=f"{path.relative_to(ROOT).as_posix()}:{block.line}-{block.language}"
    )
    for path in PAGES
    for index, block in enumerate(runnable(path))
]


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    """The pages as this process has run them so far."""
    return {path: Page(path, tmp_path_factory.mktemp("page"), runnable(path)) for path in PAGES}


@pytest.mark.parametrize(("path", "index"), EXAMPLES)
def test_example_runs(
    path: Path, index: int, pages: dict[Path, Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = pages[path]
    monkeypatch.chdir(page.directory)
    try:
        page.run_through(index)
    finally:
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_example_hides_from_the_tests(path: Path) -> None:
    hidden = [
        f"line {block.line - 1}: ```{block.language}; use ```python or ```console"
        for block in blocks_of(path.read_text("utf-8"))
        if block.language in MISLEADING_LANGUAGES
    ]
    assert not hidden, "\n".join(hidden)


def page_of(markdown: str, directory: Path) -> Page:
    return Page(Path("page.md"), directory, list(blocks_of(markdown)))


def test_blocks_share_a_namespace_and_bring_their_predecessors(tmp_path: Path) -> None:
    page = page_of("```python\nx = 1\n```\n\n```python\n>>> x + 1\n2\n```\n", tmp_path)
    page.run_through(1)
    assert page.namespace["x"] == 1


def test_wrong_output_fails(tmp_path: Path) -> None:
    page = page_of("```python\n>>> 1 + 1\n3\n```\n", tmp_path)
    with pytest.raises(pytest.fail.Exception, match="Expected"):
        page.run_through(0)


def test_error_in_a_block_names_the_line_of_the_page(tmp_path: Path) -> None:
    page = page_of("Text.\n\n```python\n\nraise ValueError('here')\n```\n", tmp_path)
    with pytest.raises(ValueError, match="here") as caught:
        page.run_through(0)
    assert caught.traceback[-1].lineno + 1 == 5


def test_failed_block_fails_itself_and_skips_the_rest(tmp_path: Path) -> None:
    page = page_of("```python\n1 / 0\n```\n```python\nx = 1\n```\n", tmp_path)
    with pytest.raises(pytest.skip.Exception, match="earlier block"):
        page.run_through(1)
    with pytest.raises(ZeroDivisionError):
        page.run_through(0)


def test_comment_skips_a_block_only_with_a_reason(tmp_path: Path) -> None:
    page = page_of("<!-- not run: shows a failure -->\n\n```python\n1 / 0\n```\n", tmp_path)
    with pytest.raises(pytest.skip.Exception, match="shows a failure"):
        page.run_through(0)
    page = page_of("<!-- not run: -->\n```python\n1 / 0\n```\n", tmp_path)
    with pytest.raises(ZeroDivisionError):
        page.run_through(0)


def test_failing_command_fails(tmp_path: Path) -> None:
    markdown = "```console\n$ ccmsim no-such-command\n```\n"
    with pytest.raises(AssertionError, match="no-such-command"):
        page_of(markdown, tmp_path).run_through(0)
    page_of("<!-- exits with 2 -->\n" + markdown, tmp_path).run_through(0)


def test_other_commands_need_a_comment(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="not a ccmsim command"):
        page_of("```console\n$ make demo\n```\n", tmp_path).run_through(0)


def test_console_block_without_a_command_fails(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="without a command"):
        page_of("```console\nccmsim presets\n```\n", tmp_path).run_through(0)


def test_continued_commands_are_joined() -> None:
    assert commands_of("$ ccmsim run \\\n>   two\nout\n\nmore\n$ ccmsim presets\n") == [
        ("ccmsim run   two", "out\n\nmore\n"),
        ("ccmsim presets", ""),
    ]


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        ("worker,date,hours,reason_code\nAnn,2026-01-05,8,sick\n...", None),
        ("...\nBo,2026-02-17,4,sick", None),
        ("...\nBo,2026-02-17,3,sick", "Bo,2026-02-17,3,sick"),
        ("worker,date,hours,reason_code", "Expected"),
    ],
)
def test_what_a_page_shows_is_what_is_printed(
    shown: str, message: str | None, tmp_path: Path
) -> None:
    page = page_of(f"```console\n$ ccmsim fit --template absences\n{shown}\n```\n", tmp_path)
    if message is None:
        page.run_through(0)
    else:
        with pytest.raises(pytest.fail.Exception, match=message):
            page.run_through(0)


def test_fence_that_never_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1: this fence never ends"):
        list(blocks_of("```python\nx = 1\n"))
