"""Templates say what is wrong with them; data must have exactly their shape."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from residentapp.core.documents import (
    OMITTED,
    TEMPLATE_DIRECTORY,
    FormDataError,
    TemplateError,
    load_template,
    validate_data,
)
from residentapp.core.documents.template_file import parse_template
from tests.support.documents import sample_data

FORMS = sorted(path.stem for path in TEMPLATE_DIRECTORY.glob("*.toml"))
Change = Callable[[dict[str, Any]], object]


def minimal() -> dict[str, Any]:
    return {
        "form": {"number": "1", "title": "試験", "paper": "A4"},
        "cell": [{"label": "氏　名", "name": "name", "at": [20, 20], "size": [60, 8], "label_width": 15}],
    }


def test_both_styles_of_the_copy_are_there() -> None:
    assert {"resident_copy_household", "resident_copy_individual"} <= set(FORMS)


@pytest.mark.parametrize("name", FORMS)
def test_each_form_has_sample_data_of_its_shape(name: str) -> None:
    validate_data(load_template(name), sample_data(name))


@pytest.mark.requirement("FM-1", partial=True)
@pytest.mark.parametrize("name", FORMS)
def test_forms_are_a4_with_room_for_binding(name: str) -> None:
    """Portrait, or landscape for wide lists."""
    template = load_template(name)
    assert template.size in ((210, 297), (297, 210))
    panels = [template.panel, *([template.block.panel] if template.block else [])]
    offset = [0.0, *([template.block.at[0]] if template.block else [])]
    for panel, x in zip(panels, offset, strict=True):
        for box in (
            [f.box for f in panel.frames] + [x.box for x in panel.labels] + [x.box for x in panel.fields]
        ):
            assert box.x + x >= 15


def test_a_template_is_read_once_and_again_when_the_file_changes(tmp_path: Path) -> None:
    source = (TEMPLATE_DIRECTORY / "resident_copy_household.toml").read_text("utf-8")
    path = tmp_path / "form.toml"
    path.write_text(source, "utf-8")
    first = load_template("form", directory=tmp_path)
    assert load_template("form", directory=tmp_path) is first
    path.write_text(source.replace('title = "住民票の写し', 'title = "改正後'), "utf-8")
    import os

    os.utime(path, ns=(1, 1))
    assert load_template("form", directory=tmp_path).title.startswith("改正後")


@pytest.mark.parametrize("name", ["absent", "../pyproject", "a/b"])
def test_an_absent_template_is_named(name: str) -> None:
    with pytest.raises(TemplateError, match="not found"):
        load_template(name)


def test_a_cell_is_a_frame_a_rule_a_label_and_a_field() -> None:
    panel = parse_template("t", minimal()).panel
    assert [(frame.box.x, frame.box.w) for frame in panel.frames] == [(20, 60)]
    assert [rule.start for rule in panel.rules] == [(35, 20)]
    assert [label.text for label in panel.labels] == ["氏　名"]
    assert [(field.name, field.label, field.box.x, field.box.w) for field in panel.fields] == [
        ("name", "氏名", 35, 45)
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t["cell"][0].update(colour="red"), "unknown key colour"),
        (lambda t: t.update(cel=[]), "unknown key cel"),
        (lambda t: t["form"].update(paper="A3"), "paper 'A3'"),
        (lambda t: t["form"].pop("title"), "title is missing"),
        (lambda t: t["cell"][0].update(at=[20]), r"at must be two numbers"),
        (lambda t: t["cell"][0].update(size=[0, 5]), "size must be positive"),
        (lambda t: t["cell"][0].update(font_size="big"), "font_size must be a number"),
        (lambda t: t["cell"][0].update(font_size=8, min_size=9), "min_size"),
        (lambda t: t["cell"][0].update(align="middle"), "align must be one of left, center, right"),
        (lambda t: t["cell"][0].update(optional="yes"), "optional must be true or false"),
        (lambda t: t["cell"][0].update(at=[160, 20]), "leaves the paper at 220, 28 mm"),
        (lambda t: t.update(cell={}), r"\[\[cell\]\]"),
        (lambda t: t.update(picture=[{"name": "seal", "at": [20, 200], "size": [26, 20]}]), "25 mm"),
        (
            lambda t: t.update(flow={"name": "n", "label": "n", "at": [20, 50], "size": [50, 50]}),
            "at least one",
        ),
        (
            lambda t: t.update(
                block={"name": "m", "label": "m", "at": [0, 290], "step": [0, 9], "per_page": 0}
            ),
            "per_page",
        ),
    ],
)
def test_a_wrong_template_says_what_is_wrong(change: Change, message: str) -> None:
    table = minimal()
    change(table)
    with pytest.raises(TemplateError, match=message):
        parse_template("t", table)


def test_slots_of_a_block_stay_on_the_paper_to_the_last_one() -> None:
    table = tomllib.loads((TEMPLATE_DIRECTORY / "resident_copy_household.toml").read_text("utf-8"))
    table["block"]["per_page"] = 5
    with pytest.raises(TemplateError, match="slot 5"):
        parse_template("t", table)


def test_a_broken_file_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[form\n", "utf-8")
    with pytest.raises(TemplateError, match=r"broken\.toml"):
        load_template("broken", directory=tmp_path)


HOUSEHOLD = "resident_copy_household"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("address"), "^address: missing$"),
        (lambda d: d["members"][1].pop("birth_date"), r"^members\[2\]\.birth_date: missing$"),
        (lambda d: d["certification"].pop("text"), r"^certification\.text: missing$"),
        (lambda d: d.pop("certification"), "^certification: missing$"),
        (lambda d: d.update(telephone="0"), "^telephone: the form has no such item$"),
        (
            lambda d: d["members"][0].update(nationality="x"),
            r"^members\[1\]\.nationality: the form has no such",
        ),
        (lambda d: d["members"][2].update(registered_domicile="x"), r"members\[3\]\.registered_domicile"),
        (
            lambda d: d["members"][0].update(kind="martian"),
            r"^members\[1\]\.kind: must be one of foreign, japan",
        ),
        (lambda d: d["members"][0].pop("kind"), r"^members\[1\]\.kind"),
        (lambda d: d.update(members=[]), "^members: must not be empty$"),
        (lambda d: d.pop("members"), "^members: missing$"),
        (lambda d: d.update(members={}), "^members: must be a list$"),
        (lambda d: d.update(members=["x"]), r"^members\[1\]: must be a mapping$"),
        (lambda d: d.update(address=12), "^address: must be a text"),
        (lambda d: d.update(address=["a", 1]), "^address: must be a text"),
        (lambda d: d.update(address={"omitted": False}), "^address: must be a text"),
        (lambda d: d.update(official_use="yes"), "^official_use: must be true or false$"),
        (lambda d: d.update(certification="x"), "^certification: must be a mapping$"),
        (lambda d: d["certification"].update(seal_png="%%"), r"^certification\.seal_png: must be a PNG"),
    ],
)
def test_data_of_another_shape_are_refused_by_key(change: Change, message: str) -> None:
    data = sample_data(HOUSEHOLD)
    change(data)
    with pytest.raises(FormDataError, match=message):
        validate_data(load_template(HOUSEHOLD), data)


@pytest.mark.requirement("RR-5.6c", partial=True)
def test_a_certificate_without_the_prefecture_before_the_office_is_refused() -> None:
    data = sample_data(HOUSEHOLD)
    del data["certification"]["prefecture"]
    with pytest.raises(FormDataError, match="prefecture: missing"):
        validate_data(load_template(HOUSEHOLD), data)


def test_messages_never_hold_a_value() -> None:
    data = sample_data(HOUSEHOLD)
    data["members"][0]["name"] = {"秘密": "漏洩"}
    with pytest.raises(FormDataError) as caught:
        validate_data(load_template(HOUSEHOLD), data)
    assert "秘密" not in str(caught.value) and "漏洩" not in str(caught.value)


def test_optional_items_may_be_absent_and_any_text_may_be_blank_lines_or_omitted() -> None:
    data = copy.deepcopy(sample_data(HOUSEHOLD))
    del data["official_use"], data["members"][0]["name_kana"], data["certification"]["seal_note"]
    data["certification"]["seal_png"] = b"png"
    data["head"] = None
    data["members"][0].update(sex=OMITTED, relationship={"omitted": "（省略）"}, remarks=["一", "二"])
    validate_data(load_template(HOUSEHOLD), data)


def test_notes_of_the_individual_copy_are_checked_row_by_row() -> None:
    name = "resident_copy_individual"
    data = sample_data(name)
    data["notes"][1]["secret"] = "x"
    with pytest.raises(FormDataError, match=r"^notes\[2\]\.secret: the form has no such item$"):
        validate_data(load_template(name), data)
