"""Microsoft's Python client of blob storage at work on a served local workspace.

    blobs.py CONTAINER

Where the server is, and what opens it, comes from the environment alone, as `azml local serve` prints it. Every answer is held
against what Azure's own service gives; the first one that differs ends the script.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from io import BytesIO

from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobBlock, BlobPrefix, ContainerClient, ContentSettings

place = f"{os.environ['AZUREML_DEV_URL_MFE']}/devstore/{sys.argv[1]}"
# Small enough that a megabyte goes up in blocks and comes down in ranges.
sizes = dict(max_single_put_size=1 << 18, max_block_size=1 << 18, max_single_get_size=1 << 18, max_chunk_get_size=1 << 17)
container = ContainerClient.from_container_url(place, credential=DefaultAzureCredential(), retry_total=0, **sizes)


def refused(kind, code, action, *arguments, **options):
    try:
        action(*arguments, **options)
    except kind as error:
        assert error.error_code == code, (error.error_code, code)
        return error
    raise AssertionError(f"{action.__name__} was not refused with {code}")


def content(name, **options):
    return container.download_blob(name, **options).readall()


def upload(name, data=b"x", **options):
    return container.upload_blob(name, data, **options)


def names(**options):
    return [blob.name for blob in container.list_blobs(**options)]


# Whole, in blocks, from a stream that does not know its length, and empty.
large = bytes(range(256)) * 4096 + b"end"
upload("up/small", b"small")
upload("up/large", large, max_concurrency=4)
upload("up/streamed", (large[at : at + 10_000] for at in range(0, len(large), 10_000)))
upload("up/file", BytesIO(large), length=len(large))
upload("up/empty", b"")
assert content("up/small") == b"small" and content("up/empty") == b""
for name in ("up/large", "up/streamed", "up/file"):
    assert content(name, max_concurrency=4) == large, name
refused(ResourceExistsError, "BlobAlreadyExists", upload, "up/small", b"other")
refused(ResourceExistsError, "BlobAlreadyExists", upload, "up/large", large)
upload("up/small", b"again", overwrite=True)
assert content("up/small") == b"again"
assert content("up/large", offset=1000, length=500_000) == large[1000:501_000]
assert content("up/large", offset=len(large) - 3) == b"end"
refused(HttpResponseError, "InvalidRange", content, "up/large", offset=len(large) + 1, length=5)
upload("up/checked", large, validate_content=True)
assert content("up/checked", validate_content=True) == large

# Names.
odd = ["a b", "%41", "a+b", "a#b", "a?b", "a&b=c", "é", "e\u0301", "日本/語.txt", "😀", "it's", "(1)", "a;b", "<x>", '"q"', "a\x7fb", "~"]
for name in odd:
    upload(f"odd/{name}", name.encode())
assert names(name_starts_with="odd/") == sorted((f"odd/{name}" for name in odd), key=str.encode)
for name in odd:
    assert content(f"odd/{name}").decode() == name
    assert names(name_starts_with=f"odd/{name}") == [f"odd/{name}"]
long = "/".join(["a" * 99] * 10) + "/" + "é" * 24
upload(long)
assert names(name_starts_with="a" * 99) == [long]
refused(HttpResponseError, "OutOfRangeInput", upload, "a/" * 254 + "a")
refused(HttpResponseError, "OutOfRangeInput", upload, f"{long}{'é' * 25}")

# Lists.
for name in ("l/a", "l/b/1", "l/b/2", "l/b.txt", "l/c/d/e", "l/z"):
    upload(name, b"12")
assert names(name_starts_with="l/") == ["l/a", "l/b.txt", "l/b/1", "l/b/2", "l/c/d/e", "l/z"]
assert names(name_starts_with="l/b") == ["l/b.txt", "l/b/1", "l/b/2"]
pages = container.list_blobs(name_starts_with="l/", results_per_page=4).by_page()
first = [blob.name for blob in next(pages)]
assert first == ["l/a", "l/b.txt", "l/b/1", "l/b/2"], first
later = container.list_blobs(name_starts_with="l/", results_per_page=4).by_page(pages.continuation_token)
assert [blob.name for blob in next(later)] == ["l/c/d/e", "l/z"]
assert (pages.results_per_page, pages.prefix) == (4, "l/"), (pages.results_per_page, pages.prefix)
# Of one page, the client shows the folders first.
walked = [(type(item) is BlobPrefix, item.name) for item in container.walk_blobs("l/")]
assert walked == [(True, "l/b/"), (True, "l/c/"), (False, "l/a"), (False, "l/b.txt"), (False, "l/z")], walked
single = [item.name for item in container.walk_blobs("l/", results_per_page=1)]
assert single == ["l/a", "l/b.txt", "l/b/", "l/c/", "l/z"], single
dotted = [item.name for item in container.walk_blobs("l/", delimiter=".", results_per_page=1)]
assert dotted == ["l/a", "l/b.", "l/b/1", "l/b/2", "l/c/d/e", "l/z"], dotted
assert list(container.list_blob_names(name_starts_with="l/c")) == ["l/c/d/e"]
listed = next(iter(container.list_blobs(name_starts_with="l/a")))
seen = container.get_blob_client("l/a").get_blob_properties()
assert (listed.etag, listed.size, listed.last_modified) == (seen.etag.strip('"'), 2, seen.last_modified)

# What is known of a blob.
kind = ContentSettings(content_type="text/plain")
blob = upload("known", b"12", metadata={"one": "1", "Two": "zwei"}, content_settings=kind)
seen = blob.get_blob_properties()
assert (seen.metadata, seen.content_settings.content_type, seen.size) == ({"one": "1", "two": "zwei"}, "text/plain", 2), seen.metadata
blob.set_blob_metadata({"three": "a b=c"})
assert blob.get_blob_properties().metadata == {"three": "a b=c"}
assert [found.metadata for found in container.list_blobs(name_starts_with="known", include=["metadata"])] == [{"three": "a b=c"}]
assert blob.exists() and not container.get_blob_client("nobody").exists()
refused(ResourceNotFoundError, "BlobNotFound", container.get_blob_client("nobody").get_blob_properties)
refused(ResourceNotFoundError, "BlobNotFound", content, "nobody")

# Conditions.
now, other = blob.get_blob_properties(), '"0x123"'
minute = timedelta(minutes=1)
same, changed = MatchConditions.IfNotModified, MatchConditions.IfModified
for action in (
    lambda **options: content("known", **options),
    lambda **options: upload("known", b"3", overwrite=True, **options),
    lambda **options: blob.set_blob_metadata({}, **options),
    blob.delete_blob,
):
    refused(ResourceModifiedError, "ConditionNotMet", action, etag=other, match_condition=same)
    refused(HttpResponseError, "ConditionNotMet", action, if_unmodified_since=now.last_modified - minute)
for action in (blob.get_blob_properties, lambda **options: content("known", **options)):
    for known in (dict(etag=now.etag, match_condition=changed), dict(if_modified_since=now.last_modified)):
        assert refused(HttpResponseError, "ConditionNotMet", action, **known).status_code == 304
assert content("known", etag=now.etag, match_condition=same, if_modified_since=now.last_modified - minute) == b"12"
upload("known", b"3", overwrite=True, etag=now.etag, match_condition=same)
refused(ResourceModifiedError, "ConditionNotMet", upload, "known", b"4", overwrite=True, etag=now.etag, match_condition=same)
assert content("known") == b"3" and blob.get_blob_properties().metadata == {}

# Blocks.
blob = container.get_blob_client("blocks")
for number in ("1", "2"):
    blob.stage_block(number, number.encode())
assert blob.get_block_list("all") == ([], blob.get_block_list("uncommitted")[1])
assert [(block.id, block.size) for block in blob.get_block_list("uncommitted")[1]] == [("1", 1), ("2", 1)]
refused(ResourceNotFoundError, "BlobNotFound", container.get_blob_client("nobody").get_block_list)
refused(HttpResponseError, "InvalidBlockList", blob.commit_block_list, [BlobBlock("3")])
assert not blob.exists()
blob.commit_block_list([BlobBlock("2"), BlobBlock("1")], metadata={"a": "b"})
assert blob.download_blob().readall() == b"21"
assert blob.get_block_list("all") == ([], [])

# What is not done here is refused, and leaves everything as it was.
refused(HttpResponseError, "NotImplemented", blob.start_copy_from_url, container.get_blob_client("known").url)
refused(HttpResponseError, "BlobTypeNotSupported", blob.create_append_blob)
refused(HttpResponseError, "BlobTypeNotSupported", blob.create_page_blob, 512)
refused(HttpResponseError, "NotImplemented", blob.create_snapshot)
refused(HttpResponseError, "NotImplemented", blob.set_http_headers, kind)
assert blob.download_blob().readall() == b"21"
with ContainerClient.from_container_url(place) as nobody:
    refused(HttpResponseError, "AuthenticationFailed", lambda: list(nobody.list_blobs()))

# Removal.
blob.delete_blob(delete_snapshots="include")
refused(ResourceNotFoundError, "BlobNotFound", blob.delete_blob)
assert not blob.exists() and names(name_starts_with="blocks") == []

# Many that want one name at once.
with ThreadPoolExecutor(8) as many:
    bodies = [bytes([number]) * 200_000 for number in range(8)]
    list(many.map(lambda body: upload("contested", body, overwrite=True), bodies))
    assert content("contested") in bodies

    def take(number):
        try:
            return upload("won", b"%d" % number) and number
        except ResourceExistsError:
            return None

    winners = [number for number in many.map(take, range(8)) if number is not None]
assert len(winners) == 1 and content("won") == b"%d" % winners[0], winners
print("every answer was Azure's")
