"""Signed tokens as the clients of the comparison carry them: one for all requests, so that who remembers it may."""
import base64
import hashlib
import hmac
import json
import subprocess
import time


def coded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed_by_secret(text, secret):
    return hmac.new(secret.encode(), text, hashlib.sha256).digest()


def signed_by_key(text, key):
    return subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(key)], input=text, capture_output=True,
                          check=True).stdout


def token(algorithm, secret, key):
    """HS256 by the secret or RS256 by the key of that file; good for a day."""
    header = {"alg": algorithm, "typ": "JWT"}
    payload = {"iss": "bench", "sub": "user-42", "scope": "items:read items:write", "exp": int(time.time()) + 86400}
    text = ".".join(coded(json.dumps(part).encode()) for part in (header, payload)).encode()
    signature = signed_by_secret(text, secret) if algorithm == "HS256" else signed_by_key(text, key)
    return text.decode() + "." + coded(signature)
