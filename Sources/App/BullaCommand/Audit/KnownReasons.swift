/// The codes that records have as `reason`, without what may follow one after a colon (`docs/refusals.md`).
enum KnownReasons {
    static let all = [
        "host_not_served", "path_not_served", "method_not_served", "origin_not_allowed", "body_not_expected",
        "content_type_not_json", "content_encoded", "body_too_large", "malformed_request_line",
        "malformed_field_name", "malformed_field_value", "bare_carriage_return", "bare_line_feed",
        "obsolete_folding", "unsupported_version", "unsupported_method", "target_too_long", "head_too_large",
        "too_many_fields", "trailers_too_large", "malformed_content_length", "duplicate_content_length",
        "malformed_transfer_encoding", "duplicate_transfer_encoding", "unsupported_transfer_coding",
        "transfer_encoding_with_content_length", "transfer_encoding_in_http10", "malformed_chunk",
        "chunk_extensions_too_large", "missing_host", "duplicate_host", "malformed_host", "host_mismatch",
        "malformed_connection", "connection_nominates_protected", "unmet_expectation", "malformed_target",
        "malformed_percent_encoding", "ambiguous_path", "truncated", "timed_out", "credential_missing",
        "credential_scheme_not_supported", "credential_in_query", "credential_repeated", "credential_malformed",
        "issuer_unavailable", "tenant_unknown", "scopes_undeterminable", "token_too_large", "token_malformed",
        "token_encrypted", "token_invalid_base64", "token_invalid_header", "token_invalid_header_member",
        "token_invalid_payload", "token_forbidden_header_member", "token_unsupported_algorithm",
        "token_algorithm_not_allowed", "token_unknown_key", "token_wrong_key", "token_bad_signature", "wrong_type",
        "not_an_access_token", "wrong_issuer", "wrong_audience", "token_expired", "about_to_expire", "not_yet_valid",
        "issued_in_the_future", "lifetime_too_long", "sender_constrained", "actor_chain", "missing_iss",
        "missing_sub", "missing_aud", "missing_exp", "missing_iat", "missing_jti", "missing_client_id",
        "malformed_iss", "malformed_sub", "malformed_aud", "malformed_exp", "malformed_nbf", "malformed_iat",
        "malformed_scope", "malformed_act", "malformed_client_id", "json", "batch", "not_a_message",
        "lookalike_member", "reserved_metadata", "unknown_legacy_version", "invalid_params", "missing_metadata",
        "era_mismatch", "missing_field", "duplicate_field", "malformed_field", "field_mismatch", "session_unknown",
        "session_missing", "insufficient_scope", "unknown_tool", "denied_by_rule", "argument_not_actor",
        "method_not_allowed", "envelope_too_large", "signing_failed", "too_many_transactions", "audit_unavailable",
        "too_many_requests", "too_many_requests_of_user", "too_many_streams_of_user", "too_much_buffered",
        "upstream_unreachable", "upstream_untrusted", "instance_busy", "instance_unavailable", "upstream_overloaded",
        "upstream_timeout", "upstream_closed", "client_gone", "upstream_malformed", "upstream_wants_credential",
        "upstream_redirected", "upstream_echoed_envelope", "presenter_unknown", "too_many_failures", "unattributed",
        "ambiguous", "txn_closed", "envelope_invalid", "envelope_expired", "call_budget", "call_concurrency",
        "target_not_allowed", "mode_mismatch", "scope_exceeds_actor", "no_user_subject", "identity_estimated",
        "identity_leak", "subject_rejected", "actor_rejected", "interaction_required", "exchange_misconfigured",
        "exchange_rejected", "exchange_unavailable", "downstream_unreachable", "downstream_untrusted",
        "downstream_address_refused", "downstream_overloaded", "downstream_timeout", "downstream_closed",
        "downstream_malformed", "downstream_redirected", "credential_rejected", "caller_gone",
    ]

    /// What is wrong with a reason that is searched for, and which codes were meant perhaps; nil where it is one.
    static func mistake(_ reason: String) -> String? {
        let code = String(reason.prefix { $0 != ":" })
        guard !all.contains(code) else { return nil }
        let near = KnownWords.near(code, among: all)
        return "there is no reason `\(code)`; "
            + (near.isEmpty ? "docs/refusals.md has them all" : "near it are \(near.joined(separator: ", "))")
    }
}
