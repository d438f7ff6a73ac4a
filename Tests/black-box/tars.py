#!/usr/bin/env python3
"""Makes tars of datasets, whole and broken, for the tests of importable datasets.

    tars.py FOLDER RECIPE:NAME...       makes FOLDER/NAME.tar for each
    tars.py FOLDER many COUNT           makes COUNT small tars, SET_00000.tar and so on

A recipe is a function below: it gets the path to make and the dataset's name.
"""

import bz2
import gzip
import io
import lzma
import os
import socket
import struct
import sys
import tarfile
from pathlib import Path

GiB = 1 << 30


def entry(name: str, size: int = 0, **attributes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def add(tar: tarfile.TarFile, name: str, data: bytes = b"data", **attributes) -> None:
    tar.addfile(entry(name, len(data), **attributes), io.BytesIO(data))


def add_dataset(tar: tarfile.TarFile, name: str, prefix: str = "") -> None:
    add(tar, f"{prefix}{name}.json", b"{}")
    add(tar, f"{prefix}chunks/1.parquet", b"x" * 3000)


def tar_bytes(name: str, fill=add_dataset, form: int = tarfile.GNU_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        fill(tar, name)
    return buffer.getvalue()


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


# Whole tars

def gnu(path, name): write(path, tar_bytes(name))
def ustar(path, name): write(path, tar_bytes(name, form=tarfile.USTAR_FORMAT))


def pax(path, name):
    def fill(tar, name):
        add(tar, f"{name}.json", b"{}", pax_headers={"comment": "æøå", "SCHILY.xattr.user.a": "b"}, mtime=1.5)
        add(tar, "chunks/blåbærsyltetøy.parquet")
    write(path, tar_bytes(name, fill, tarfile.PAX_FORMAT))


def long_names(path, name):
    def fill(tar, name):
        add(tar, "first/" + "long/" * 60 + "file")
        add(tar, f"{name}.json")
        add(tar, "chunks/" + "å" * 120 + "/part.parquet")
    write(path, tar_bytes(name, fill, tarfile.GNU_FORMAT))


def long_names_pax(path, name):
    def fill(tar, name):
        add(tar, "first/" + "long/" * 60 + "file")
        add(tar, f"{name}.json")
        add(tar, "chunks/" + "å" * 120 + "/part.parquet")
    write(path, tar_bytes(name, fill, tarfile.PAX_FORMAT))


def dot_slash(path, name):
    def fill(tar, name):
        tar.addfile(entry("./", type=tarfile.DIRTYPE))
        add_dataset(tar, name, "./")
    write(path, tar_bytes(name, fill))


def gzipped(path, name): write(path, gzip.compress(tar_bytes(name)))
def bzipped(path, name): write(path, bz2.compress(tar_bytes(name)))
def xzipped(path, name): write(path, lzma.compress(tar_bytes(name)))


def zstd_stored(data: bytes) -> bytes:
    """A zstd frame (RFC 8878) of raw blocks."""
    frame = struct.pack("<IBI", 0xFD2FB528, 0xA0, len(data))
    blocks = [data[start:start + 100_000] for start in range(0, len(data), 100_000)]
    for index, block in enumerate(blocks):
        frame += (len(block) << 3 | (index == len(blocks) - 1)).to_bytes(3, "little") + block
    return frame


def zstandard(path, name): write(path, zstd_stored(tar_bytes(name)))


def lz4(path, name):
    """An LZ4 frame of stored blocks of at most 64 KiB."""
    data = tar_bytes(name)
    frame = bytes.fromhex("04224d18604082")
    for start in range(0, len(data), 65_536):
        block = data[start:start + 65_536]
        frame += struct.pack("<I", len(block) | 1 << 31) + block
    write(path, frame + b"\0\0\0\0")


def only_metadata(path, name): write(path, tar_bytes(name, lambda tar, name: add(tar, f"{name}.json")))
def only_data(path, name): write(path, tar_bytes(name, lambda tar, name: add(tar, "chunks/1")))
def no_entries(path, name): write(path, tar_bytes(name, lambda tar, name: None))


def other_metadata(path, name):
    """Metadata of another name, in another case, in a folder, and as a folder: none of them is this dataset's."""
    def fill(tar, name):
        for other in ("OTHER.json", f"{name.lower()}.json", f"folder/{name}.json", f"{name}.json.bak", f"/{name}.json"):
            add(tar, other)
        tar.addfile(entry(f"{name}.json/", type=tarfile.DIRTYPE))
        add(tar, "chunks/1")
    write(path, tar_bytes(name, fill))


def chunks_folder(path, name):
    """An empty folder called chunks."""
    def fill(tar, name):
        add(tar, f"{name}.json")
        tar.addfile(entry("chunks", type=tarfile.DIRTYPE))
    write(path, tar_bytes(name, fill))


def almost_chunks(path, name):
    """Names that begin like chunks but are not."""
    def fill(tar, name):
        add(tar, f"{name}.json")
        for other in ("chunks2/1", "chunksfile", "data/chunks/1", "Chunks/1"):
            add(tar, other)
    write(path, tar_bytes(name, fill))


def thousand_entries(path, name):
    def fill(tar, name):
        add_dataset(tar, name)
        for index in range(1000):
            add(tar, f"chunks/{index}")
    write(path, tar_bytes(name, fill))


def metadata_last(path, name):
    def fill(tar, name):
        for index in range(300):
            add(tar, f"chunks/{index}", b"x" * 20_000)
        add(tar, f"{name}.json")
    write(path, tar_bytes(name, fill))


def garbage_behind(path, name): write(path, tar_bytes(name) + b"garbage" * 1000)


def sparse(path: Path, name: str, size: int, metadata_first: bool) -> None:
    """A tar with one entry of `size` bytes, none of which is on the disk."""
    with open(path, "wb") as file:
        def put_metadata():
            data = b"{}"
            file.write(entry(f"{name}.json", len(data)).tobuf(tarfile.GNU_FORMAT) + data.ljust(512, b"\0"))
        if metadata_first:
            put_metadata()
        file.write(entry("chunks/1", size).tobuf(tarfile.GNU_FORMAT))
        file.seek(size, os.SEEK_CUR)
        if not metadata_first:
            put_metadata()
        file.write(b"\0" * 1024)


def sparse_10_GiB(path, name): sparse(path, name, 10 * GiB, metadata_first=True)
def sparse_50_GiB(path, name): sparse(path, name, 50 * GiB, metadata_first=False)


def gnu_sparse(path, name):
    """An entry that is sparse within the tar (GNU format 1.0 in PAX headers): 20 GiB, of which 512 bytes are there."""
    def fill(tar, name):
        add(tar, f"{name}.json")
        data = b"1\n0\n512\n".ljust(512, b"\0") + b"x" * 512
        headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "chunks/1",
                   "GNU.sparse.realsize": str(20 * GiB)}
        add(tar, "GNUSparseFile.0/1", data, pax_headers=headers)
    write(path, tar_bytes(name, fill, tarfile.PAX_FORMAT))


def long_records(path, name):
    """As `tar -b 256` writes it: records of 128 KiB."""
    write(path, tar_bytes(name).ljust(128 << 10, b"\0"))


# Uploads under way

def upload_bytes(name: str) -> bytes:
    """What is uploaded, as a whole."""
    return tar_bytes(name, lambda tar, name: (add(tar, f"{name}.json", b"{}"), add(tar, "chunks/1", b"x" * 300_000)))


def begin(path: Path, name: str, size_first) -> None:
    """Sets the file's size, and writes a tenth of it."""
    data = upload_bytes(name)
    with open(path, "wb", buffering=0) as file:
        size_first(file, len(data))
        os.pwrite(file.fileno(), data[:len(data) // 10], 0)


def preallocated(path, name): begin(path, name, lambda file, size: file.truncate(size))
def preallocated_with_extents(path, name): begin(path, name, lambda file, size: os.posix_fallocate(file.fileno(), 0, size))
def preallocated_with_zeros(path, name): begin(path, name, lambda file, size: file.write(bytes(size)))


def zeros_for_an_entry(path, name):
    """The second part is yet to come."""
    data = tar_bytes(name, lambda tar, name: (add_dataset(tar, name), add(tar, "chunks/2", b"x" * 100_000)))
    write(path, data[:4608].ljust(len(data), b"\0"))


def nothing_but_zeros(path, name): write(path, bytes(100_000))


# Broken ones

def cut_in_data(path, name): write(path, tar_bytes(name)[:512 + 512 + 512 + 700])
def cut_in_header(path, name): write(path, tar_bytes(name)[:512 + 512 + 100])
def cut_between_entries(path, name): write(path, tar_bytes(name)[:512 + 512])
def cut_before_end_mark(path, name): write(path, tar_bytes(name)[:512 + 512 + 512 + 3072])


def cut_sparse(path, name):
    """A whole number of blocks, ending in zeros as a whole tar does, but too short."""
    sparse(path, name, 10 * GiB, metadata_first=True)
    os.truncate(path, 5 * GiB)


def cut_behind_complete(path, name):
    """Cut in the second of two large entries of zeros."""
    with open(path, "wb") as file:
        file.write(tar_bytes(name)[:512 + 512 + 512 + 3072])
        file.write(entry("chunks/2", 10 * GiB).tobuf(tarfile.GNU_FORMAT))
        file.truncate(5 * GiB)


def cut_gzip(path, name):
    data = gzip.compress(tar_bytes(name, lambda tar, name: (add_dataset(tar, name), add(tar, "chunks/2", os.urandom(9000)))))
    write(path, data[:len(data) // 2])


def bad_checksum(path, name):
    data = bytearray(tar_bytes(name))
    data[150] ^= 1
    write(path, bytes(data))


def bad_second_header(path, name):
    data = bytearray(tar_bytes(name))
    data[1024:1536] = b"\xff" * 512
    write(path, bytes(data))


def garbage(path, name): write(path, os.urandom(20_000))
def text(path, name): write(path, b"This is no tar.\n" * 1000)
def zero_bytes(path, name): write(path, b"")
def zip_file(path, name): write(path, b"PK\x03\x04" + b"\0" * 2000)
def gzip_of_garbage(path, name): write(path, gzip.compress(b"garbage" * 1000))
def gzip_twice(path, name): write(path, gzip.compress(gzip.compress(tar_bytes(name))))


def bomb(path, name):
    """A small gzip file of 10 GiB of zeros, before the metadata: gzip members may stand behind each other."""
    head = gzip.compress(entry("chunks/1", 10 * GiB).tobuf(tarfile.GNU_FORMAT))
    member = gzip.compress(b"\0" * (64 << 20), 9)
    tail = gzip.compress(tar_bytes(name, lambda tar, name: add(tar, f"{name}.json")))
    with open(path, "wb") as file:
        file.write(head)
        for _ in range(160):
            file.write(member)
        file.write(tail)


def many_special_headers(path, name):
    """A thousand long-name headers one behind the other, which some readers follow by recursion."""
    header = entry("././@LongLink", 5, type=tarfile.GNUTYPE_LONGNAME).tobuf(tarfile.GNU_FORMAT)
    write(path, (header + b"name\0".ljust(512, b"\0")) * 1000 + tar_bytes(name))


def huge_special_header(path, name):
    write(path, entry("././@PaxHeader", 8 * GiB - 1, type=tarfile.XHDTYPE).tobuf(tarfile.GNU_FORMAT) + b"x" * 4096)


def negative_size(path, name):
    data = bytearray(entry("chunks/1", 0).tobuf(tarfile.GNU_FORMAT))
    data[124:136] = b"\xff" * 12
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data)
    write(path, bytes(data) + b"\0" * 1024)


# Things that are no files

def fifo(path, name): os.mkfifo(path)
def folder(path, name): path.mkdir()


def unix_socket(path, name):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def link_inside(path, name):
    gnu(path.parent / f"target-of-{name}", name)
    path.symlink_to(f"target-of-{name}")


def link_inside_absolute(path, name):
    gnu(path.parent.resolve() / f"target-of-{name}", name)
    path.symlink_to(path.parent.resolve() / f"target-of-{name}")


def link_outside(path, name):
    target = path.parent.resolve().parent / f"{path.parent.name}-outside-{name}"
    gnu(target, name)
    path.symlink_to(target)


def link_nowhere(path, name): path.symlink_to("nothing-is-here")
def link_to_itself(path, name): path.symlink_to(path.name)
def link_to_device(path, name): path.symlink_to("/dev/zero")


def unreadable(path, name):
    gnu(path, name)
    path.chmod(0)


def make(recipe: str, folder: Path, name: str) -> Path:
    path = folder / f"{name}.tar"
    globals()[recipe](path, name)
    return path


def make_many(folder: Path, count: int) -> None:
    for index in range(count):
        gnu(folder / f"SET_{index:05}.tar", f"SET_{index:05}")


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    if sys.argv[2] == "many":
        make_many(folder, int(sys.argv[3]))
        return
    for word in sys.argv[2:]:
        recipe, _, name = word.partition(":")
        make(recipe, folder, name)


if __name__ == "__main__":
    main()
