"""Phone numbers: what people write and what is none."""

import pytest

from domain.phones import is_phone


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "138 0013 8000",
        "+86 13800138000",
        "008613800138000",
        "010-85620000",
        "(010)64712288",
        "（0571）88880000",
        "0571-88880000",
        "010-6471 2288 转 801",
        "010-64712288-801",
        "0755-86013388 ext. 8001",
        "+86 571-8888 0000",
        "+86-10-85620000",
        "4008008820",
        "400-800-8820转1",
        "95555",
        "０１０－８５６２００００",
    ],
)
def test_numbers_that_a_courier_can_call(text: str) -> None:
    assert is_phone(text)
    assert is_phone(text, mainland=True)


@pytest.mark.parametrize("text", ["85620000", "+852 2345 6789", "+1 415 555 0100"])
def test_local_numbers_and_those_abroad_stand_on_invoices_only(text: str) -> None:
    assert is_phone(text)
    assert not is_phone(text, mainland=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "12",
        "call me",
        "1380013800",
        "138001380001",
        "13800138000a",
        "13800138000-1",
        "010-123",
        "010-85620000 转",
        "010-85620000 转 1234567",
        "01085620000099",
        "00000000000",
        "１３８",
    ],
)
def test_what_is_no_phone_number(text: str) -> None:
    assert not is_phone(text)
