"""A certificate authority of a test's own, made with Debian's openssl."""

import subprocess
from pathlib import Path


class Authority:
    """Signs certificates; its own is the file ``certificate``."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.certificate = folder / f"{name}.pem"
        self._key = folder / f"{name}.key"
        _openssl(
            "req", "-x509", "-days", "2", "-subj", f"/CN={name}", *_new_key(self._key),
            "-out", self.certificate,
        )  # fmt: skip

    def certificate_for(self, *names: str) -> tuple[Path, Path]:
        """Certificate, with the authority's behind it, and key for names like ``DNS:localhost``."""
        stem = self._folder / "".join(each for each in names[0] if each.isalnum())
        certificate, key, request = (stem.with_suffix(each) for each in (".pem", ".key", ".csr"))
        extensions = stem.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={','.join(names)}\n")
        _openssl("req", "-subj", "/CN=broker", *_new_key(key), "-out", request)
        _openssl(
            "x509", "-req", "-days", "2", "-in", request, "-CA", self.certificate,
            "-CAkey", self._key, "-extfile", extensions, "-out", certificate,
        )  # fmt: skip
        certificate.write_text(certificate.read_text() + self.certificate.read_text())
        return certificate, key


def _new_key(file: Path) -> list[str | Path]:
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file]


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
