"""What other people's scanners find: sslyze and testssl.sh see TLS 1.2 and 1.3, and no weakness."""

import json
import shutil

import arena
import env
import procs
from scenarios import Scenario, Skipped
from scenarios.tls import settings

SSLYZE_SECONDS, TESTSSL_SECONDS = 120, 400
ACCEPTED = {"tls_1_2_cipher_suites", "tls_1_3_cipher_suites"}
REFUSED = {"ssl_2_0_cipher_suites", "ssl_3_0_cipher_suites", "tls_1_0_cipher_suites", "tls_1_1_cipher_suites"}
WEAK = ("RC4", "3DES", "_CBC_", "NULL", "EXPORT", "anon", "TLS_RSA_", "MD5", "DES")
# A private authority: no public chain, no revocation lists, no entry in transparency logs or in DNS.
OF_PRIVATE_AUTHORITIES = (
    "cert_chain_of_trust", "cert_trust", "cert_revocation", "cert_crl", "cert_ocsp", "DNS_CAArecord", "certificate_tra",
    "cert_caIssuers", "overall_grade", "grade_cap",
)


def scenarios():
    return [
        Scenario("tls/sslyze", _sslyze, arena=True, last=True, heavy=True),
        Scenario("tls/testssl", _testssl, arena=True, last=True, heavy=True),
    ]


def _sslyze(stage, checks):
    with arena.Arena(stage.grounds(), "sslyze", tls=settings()) as field:
        report = field.folder / "sslyze.json"
        command = [
            env.program("sslyze-6.3.1", "sslyze"), "--mozilla_config=disable", f"--json_out={report}", "--sslv2",
            "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3", "--compression", "--heartbleed",
            "--openssl_ccs", "--reneg", "--robot", "--resum", "--early_data", "--fallback", "--ems", "--elliptic_curves", "--certinfo",
            f"--certinfo_ca_file={stage.grounds().certificate('house')}", f"localhost:{field.client_port}",
        ]
        status, out, err = procs.run(command, SSLYZE_SECONDS, cwd=field.folder)
        if not checks.that(report.exists(), f"sslyze ended with {status}: {(out + err)[-800:]}"):
            return
        server = json.loads(report.read_text())["server_scan_results"][0]
        if not checks.equal(server["scan_status"], "COMPLETED", f"sslyze: {server.get('connectivity_error_trace')}"):
            return
        results = {}
        for name, attempt in server["scan_result"].items():
            if checks.that(attempt["status"] in ("COMPLETED", "NOT_SCHEDULED"), f"{name}: {attempt['error_reason']}"):
                results[name] = attempt["result"]
        _ciphers(checks, results)
        _faults(checks, results)
        checks.equal(field.call().status, 200, "a call after the scan")


def _ciphers(checks, results):
    for name in REFUSED:
        suites = [suite["cipher_suite"]["name"] for suite in results[name]["accepted_cipher_suites"]]
        checks.equal(suites, [], f"{name} that are accepted")
    for name in ACCEPTED:
        suites = [suite["cipher_suite"]["name"] for suite in results[name]["accepted_cipher_suites"]]
        checks.that(suites, f"no {name}")
        weak = [suite for suite in suites if any(word in suite for word in WEAK)]
        checks.equal(weak, [], f"weak {name}")


def _faults(checks, results):
    expected = {
        ("tls_compression", "supports_compression"): False, ("heartbleed", "is_vulnerable_to_heartbleed"): False,
        ("openssl_ccs_injection", "is_vulnerable_to_ccs_injection"): False,
        ("session_renegotiation", "is_vulnerable_to_client_renegotiation_dos"): False,
        ("session_renegotiation", "supports_secure_renegotiation"): True,
        ("tls_1_3_early_data", "supports_early_data"): False, ("tls_fallback_scsv", "supports_fallback_scsv"): True,
        ("tls_extended_master_secret", "supports_ems_extension"): True,
    }
    for (name, key), wanted in expected.items():
        checks.equal((results.get(name) or {}).get(key), wanted, f"sslyze: {name}.{key}")
    robot = results["robot"]["robot_result"]
    checks.that(robot.startswith("NOT_VULNERABLE"), f"sslyze: robot is {robot}")
    curves = [curve["name"] for curve in results["elliptic_curves"]["supported_curves"] or []]
    checks.that({"X25519", "prime256v1"} & set(curves), f"no curve that everybody has: {curves}")
    weak = [curve for curve in curves if curve.startswith(("sect", "secp1", "prime192", "secp224"))]
    checks.equal(weak, [], "weak curves")
    deployment = results["certificate_info"]["certificate_deployments"][0]
    checks.that(deployment["received_chain_has_valid_order"], "the chain is not in order")
    trusted = [path for path in deployment["path_validation_results"] if path["was_validation_successful"]]
    checks.that(trusted, "the chain does not lead to its authority")


def _testssl(stage, checks):
    program = shutil.which("testssl") or shutil.which("testssl.sh")
    if not program:
        raise Skipped("testssl.sh is not installed (apt-get install testssl.sh)")
    with arena.Arena(stage.grounds(), "testssl", tls=settings()) as field:
        report = field.folder / "testssl.json"
        command = [
            program, "--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1", "--nodns", "none",
            "--openssl", shutil.which("openssl"), "--add-ca", stage.grounds().certificate("house"), "--severity", "LOW",
            "--jsonfile", str(report), "--protocols", "--server-defaults", "--fs", "--vulnerable",
            "--server-preference", f"localhost:{field.client_port}",
        ]
        status, out, err = procs.run(command, TESTSSL_SECONDS, cwd=field.folder)
        if not checks.that(report.exists(), f"testssl ended with {status}: {(out + err)[-800:]}"):
            return
        findings = json.loads(report.read_text())
        if any(finding["severity"] == "FATAL" for finding in findings) or status is None:
            checks.that(False, f"testssl ended with {status}: {findings[-2:]}\n{out[-600:]}")
        for finding in findings:
            known = finding["id"].startswith(OF_PRIVATE_AUTHORITIES)
            if finding["severity"] in ("MEDIUM", "HIGH", "CRITICAL") and not known:
                checks.that(False, f"testssl, {finding['severity']}: {finding['id']}: {finding['finding']}")
        checks.that("TLS 1.3" in out and "TLS 1.2" in out, f"testssl looked at nothing: {out[-400:]}")
        checks.equal(field.call().status, 200, "a call after the scan")
