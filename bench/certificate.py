"""One certificate page: this project's forms against plain reportlab and typst, in one process.

    python bench/certificate.py [--rounds 40] [--font FILE]

Each draws the same page: 60 runs of text with about 276 different kanji, 40 lines and one picture, in the same font.
The runs are interleaved (ours, reportlab, typst, ours, …) and the median is taken, after a warm-up. Every round has
other texts, drawn from a common set of kanji, as certificates of one town have. "ours, new kanji" draws kanji that
the process has not met before, so that nothing comes ready from a cache. Times depend on the machine, the ratios
hold.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from residentapp.core.documents import Fonts, draw_seal, render_form
from residentapp.core.documents.template import MM, FormTemplate
from residentapp.core.documents.template_file import parse_template

RUNS, LINES, KANJI = 60, 40, 276
MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
FONTS = (
    "/usr/share/fonts/truetype/ipamj/ipamjm.ttf",
    "/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf",
)

#: Lower left corners of the runs and the lines' heights, in mm from the page's upper left.
PLACES = [(20 + 60 * (run % 3), 20 + 10 * (run // 3)) for run in range(RUNS)]
HEIGHTS = [18 + 5.5 * line for line in range(LINES)]


def kanji(count: int, start: int = 0) -> list[str]:
    """Return ``count`` kanji of the first JIS level, from its beginning or later on."""
    rows = [bytes([0xA0 + row, 0xA0 + cell]) for row in range(16, 84) for cell in range(1, 95)]
    found: list[str] = []
    for code in rows:
        try:
            found.append(code.decode("euc_jp"))
        except UnicodeDecodeError:
            continue
    return found[start : start + count]


def texts(rng: random.Random, stock: list[str]) -> list[str]:
    """Return the page's runs: all of KANJI kanji of the stock, dealt out in a new order."""
    chosen = rng.sample(stock, KANJI)
    return ["".join(chosen[run::RUNS]) + f"{run:02}" for run in range(RUNS)]


def form() -> FormTemplate:
    """Return the page as a form template."""
    return parse_template(
        "bench",
        {
            "form": {"number": "0", "title": "bench", "paper": "A4"},
            "line": [{"from": [18, y], "to": [198, y]} for y in HEIGHTS],
            "field": [
                {"name": f"t{run}", "label": "t", "at": [x, y - 5], "size": [58, 6], "pad": 0}
                for run, (x, y) in enumerate(PLACES)
            ],
            "picture": [{"name": "seal", "at": [170, 255], "size": [24, 24]}],
        },
    )


def ours(template: FormTemplate, fonts: Fonts, seal: bytes) -> Callable[[list[str]], bytes]:
    def draw(runs: list[str]) -> bytes:
        data: dict[str, Any] = {f"t{run}": text for run, text in enumerate(runs)}
        data["seal"] = seal
        return render_form(template, data, fonts=fonts, moment=MOMENT).pdf

    return draw


def plain_reportlab(font: str, seal: bytes) -> Callable[[list[str]], bytes]:
    pdfmetrics.registerFont(TTFont("mincho", font))
    picture = ImageReader(BytesIO(seal))

    def draw(runs: list[str]) -> bytes:
        out = BytesIO()
        canvas = Canvas(out, pagesize=(210 * MM, 297 * MM))
        for y in HEIGHTS:
            canvas.line(18 * MM, (297 - y) * MM, 198 * MM, (297 - y) * MM)
        canvas.setFont("mincho", 10)
        for (x, y), text in zip(PLACES, runs, strict=True):
            canvas.drawString(x * MM, (297 - y) * MM, text)
        canvas.drawImage(picture, 170 * MM, (297 - 279) * MM, 24 * MM, 24 * MM)
        canvas.save()
        return out.getvalue()

    return draw


def typst_page(font: str, seal: bytes, folder: Path) -> Callable[[list[str]], bytes] | None:
    try:
        import typst
    except ImportError:
        return None
    (folder / "seal.png").write_bytes(seal)
    fonts = folder / "fonts"
    fonts.mkdir()
    (fonts / Path(font).name).symlink_to(font)
    source = folder / "page.typ"
    family = "IPAmjMincho" if "ipamj" in font else "IPAexMincho"
    lines = "".join(f"#place(dx: 18mm, dy: {y}mm, line(length: 180mm, stroke: 0.5pt))\n" for y in HEIGHTS)
    runs = "".join(
        f'#place(dx: {x}mm, dy: {y - 4}mm, sys.inputs.at("t{run}"))\n' for run, (x, y) in enumerate(PLACES)
    )
    source.write_text(
        f'#set page(paper: "a4", margin: 0pt)\n#set text(font: "{family}", size: 10pt, lang: "ja")\n'
        f'{lines}{runs}#place(dx: 170mm, dy: 255mm, image("seal.png", width: 24mm))\n',
        "utf-8",
    )
    compiler = typst.Compiler(
        str(source), root=str(folder), font_paths=[str(fonts)], ignore_system_fonts=True
    )

    def draw(runs: list[str]) -> bytes:
        inputs = {f"t{run}": text for run, text in enumerate(runs)}
        # Untagged, as the others are.
        pdf = compiler.compile(format="pdf", sys_inputs=inputs, pdf_tags=False)
        assert isinstance(pdf, bytes)
        return pdf

    return draw


def main() -> None:
    parser = argparse.ArgumentParser(description="One certificate page against reportlab and typst.")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--font", default=next((font for font in FONTS if Path(font).exists()), None))
    options = parser.parse_args()
    if options.font is None:
        parser.error("no font found: give one with --font")
    rng = random.Random(1)
    seal = draw_seal("架空市長之印", font=options.font)
    stock = kanji(KANJI + 500)
    fonts = Fonts(options.font, fallback=())
    template = form()
    with tempfile.TemporaryDirectory() as folder:
        contestants: dict[str, Callable[[list[str]], bytes]] = {"ours": ours(template, fonts, seal)}
        contestants["plain reportlab"] = plain_reportlab(options.font, seal)
        typst = typst_page(options.font, seal, Path(folder))
        if typst:
            contestants["typst"] = typst
        else:
            print("typst is not installed: left out")
        times: dict[str, list[float]] = {name: [] for name in contestants}
        times["ours, new kanji"] = []
        sizes: dict[str, int] = {}
        for round_number in range(options.rounds + 3):
            runs = texts(rng, stock)
            for name, draw in contestants.items():
                start = time.perf_counter()
                sizes[name] = len(draw(runs))
                if round_number >= 3:
                    times[name].append(time.perf_counter() - start)
            # The same page from fonts whose glyphs nobody has asked for yet.
            fonts.forget_glyphs()
            start = time.perf_counter()
            sizes["ours, new kanji"] = len(contestants["ours"](runs))
            if round_number >= 3:
                times["ours, new kanji"].append(time.perf_counter() - start)
    base = statistics.median(times["plain reportlab"])
    print(f"{options.rounds} rounds, {Path(options.font).name}, medians")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(
            f"{name:16} {median * 1000:7.2f} ms  {median / base:6.3f} of plain reportlab  {sizes[name]:7} bytes"
        )


if __name__ == "__main__":
    main()
