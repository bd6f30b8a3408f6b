"""Two authorities and the certificates that the TLS scenarios need, as PEM files: certificates.py FOLDER

NAME.pem has the certificate and the authority's, NAME.key its key. `house` is the authority that everybody here knows,
`stranger` the one that nobody knows.
"""

import datetime
import ipaddress
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
VALID = 200  # days: scanners warn of what ends within two months
HERE = ["localhost", "127.0.0.1"]
# Name: authority, names in it, days until it ends, whether it is for clients.
LEAVES = {
    "gateway": ("house", HERE, VALID, False), "gateway-next": ("house", HERE, VALID, False),
    "upstream": ("house", HERE, VALID, False), "issuer": ("house", HERE, VALID, False),
    "expired": ("house", HERE, -1, False), "wrong-name": ("house", ["elsewhere.example"], VALID, False),
    "unknown": ("stranger", HERE, VALID, False),
    "client": ("house", ["client.example"], VALID, True),
    "client-unknown": ("stranger", ["client.example"], VALID, True),
}


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, key, issuer, issuer_key, days, authority):
    now = datetime.datetime.now(datetime.timezone.utc)
    first = now - DAY if days > 0 else now - 10 * DAY
    builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(first).not_valid_after(now + days * DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), True)
    usage = dict.fromkeys(("content_commitment", "data_encipherment", "key_agreement", "encipher_only",
                           "decipher_only", "key_encipherment"), False)
    usage.update(digital_signature=not authority, key_cert_sign=authority, crl_sign=authority)
    builder = builder.add_extension(x509.KeyUsage(**usage), True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, False)
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return builder.add_extension(above, False)


def alternative(text):
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def write_key(path, key):
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(*form))


def main():
    folder = Path(sys.argv[1])
    authorities = {}
    for who in ("house", "stranger"):
        key = ec.generate_private_key(ec.SECP256R1())
        made = certificate(f"{who} authority", key, f"{who} authority", key, 2 * VALID, True).sign(key, hashes.SHA256())
        authorities[who] = (key, made)
        (folder / f"{who}.pem").write_bytes(pem(made))
    for leaf, (who, names, days, for_clients) in LEAVES.items():
        above_key, above = authorities[who]
        key = ec.generate_private_key(ec.SECP256R1())
        builder = certificate(leaf, key, f"{who} authority", above_key, days, False)
        builder = builder.add_extension(x509.SubjectAlternativeName(list(map(alternative, names))), False)
        purpose = ExtendedKeyUsageOID.CLIENT_AUTH if for_clients else ExtendedKeyUsageOID.SERVER_AUTH
        made = builder.add_extension(x509.ExtendedKeyUsage([purpose]), False).sign(above_key, hashes.SHA256())
        (folder / f"{leaf}.pem").write_bytes(pem(made) + pem(above))
        write_key(folder / f"{leaf}.key", key)


main()
