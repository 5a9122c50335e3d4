import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.sandbox.doors.multipart import read_parts

FORM = "multipart/form-data; boundary=b-1"


def body(*parts, end="\r\n"):
    pieces = [f"--b-1{end}{head}{end}{end}".encode() + contents for head, contents in parts]
    return end.encode().join([*pieces, b"--b-1--"])


@given(st.binary(max_size=200), st.sampled_from(["\r\n", "\n"]))
def test_contents_come_out_as_they_went_in(contents, end):
    head = 'Content-Disposition: form-data; name="x"; filename="a b.txt"' + end + "Content-Type: text/plain"
    plain, encoded = read_parts(
        body(
            (head, contents),
            (head + end + "Content-Transfer-Encoding: BASE64", base64.encodebytes(contents)),
            end=end,
        ),
        FORM,
    )
    assert plain.body == encoded.body == contents
    assert (plain.name, plain.file_name, plain.content_type) == ("x", "a b.txt", "text/plain")


def test_what_stands_before_and_after_is_nothing():
    wrapped = b"preamble\r\n" + body(("A: b", b"1")) + b"\r\nepilogue"
    assert [part.body for part in read_parts(wrapped, 'multipart/form-data; boundary="b-1"')] == [b"1"]


def test_file_names_of_other_alphabets():
    head = "Content-Disposition: form-data; name=\"f\"; filename*=UTF-8''%E6%9D%B1.txt"
    assert read_parts(body((head, b"")), FORM)[0].file_name == "東.txt"
    head = 'Content-Disposition: form-data; name="f"; filename="Zoë.txt"'
    assert read_parts(body((head, b"")), FORM)[0].file_name == "Zoë.txt"


@pytest.mark.parametrize(
    ("sent", "content_type"),
    [
        (b"", FORM),
        (b"--b-1--", "multipart/form-data"),
        (body(("A: b", b"1"))[:-2], FORM),
        (b"--b-1\r\nno headers\r\n--b-1--", FORM),
        (body(("Content-Transfer-Encoding: base64", b"???")), FORM),
    ],
)
def test_what_is_not_of_several_parts_is_an_error(sent, content_type):
    with pytest.raises(ValueError, match=r"boundary|headers|base64"):
        read_parts(sent, content_type)
