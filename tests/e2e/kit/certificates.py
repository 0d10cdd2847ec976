"""Certificates by the openssl command."""
import os
import subprocess


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60, **more)


class Authority:
    """A certificate authority in a directory: `ca.pem`, and pairs made by issue()."""

    def __init__(self, directory, name="ca"):
        self.directory = directory
        self.cert = os.path.join(directory, f"{name}.pem")
        self.key = os.path.join(directory, f"{name}.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.cert)

    def issue(self, file, names=("localhost",), key="ec", days=30, client=False):
        """{cert, key} of a new pair for those host names, the first of which is the subject."""
        base = os.path.join(self.directory, file)
        kind = ["rsa:2048"] if key == "rsa" else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        openssl("req", "-newkey", *kind, "-nodes", "-subj", f"/CN={names[0]}", "-keyout", base + ".key",
                "-out", base + ".csr")
        extension = base + ".ext"
        with open(extension, "w") as out:
            said = ",".join(("IP:" if n[0].isdigit() else "DNS:") + n for n in names)
            out.write(f"subjectAltName={said}\nextendedKeyUsage={'clientAuth' if client else 'serverAuth'}\n")
        openssl("x509", "-req", "-in", base + ".csr", "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial",
                "-days", str(days), "-extfile", extension, "-out", base + ".pem")
        return {"cert": base + ".pem", "key": base + ".key"}
