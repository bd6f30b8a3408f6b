/// Why bytes from a peer are not a message we accept, one case per fact.
///
/// Every error is final: the parser that threw it stays refused, and its connection must close after the answer.
/// Thrown by a `RequestParser`, `status` is the answer due to the client. Thrown by a `ResponseParser` it describes an
/// upstream, and the client's answer is a 502 whatever `status` says.
package enum WireError: Error, Hashable, Sendable, CaseIterable {
    // Lines and fields
    case malformedRequestLine
    case malformedStatusLine
    case malformedFieldName
    case malformedFieldValue
    case bareCarriageReturn
    case bareLineFeed
    case obsoleteFolding
    case unsupportedVersion
    case unsupportedMethod
    // Sizes
    case targetTooLong
    case headTooLarge
    case tooManyFields
    case trailersTooLarge
    case contentTooLarge
    // Framing
    case malformedContentLength
    case duplicateContentLength
    case malformedTransferEncoding
    case duplicateTransferEncoding
    case unsupportedTransferCoding
    case transferEncodingWithContentLength
    case transferEncodingInHTTP10
    case malformedChunk
    case chunkExtensionsTooLarge
    // Meaning
    case missingHost
    case duplicateHost
    case malformedHost
    case hostMismatch
    case malformedConnection
    case connectionNominatesProtected
    case unmetExpectation
    // Target
    case malformedTarget
    case malformedPercentEncoding
    case ambiguousPath
    // Responses
    case switchingProtocols
    case tooManyInterimResponses
    case contentNotAllowed
    case unsolicitedResponse
    // Time
    case truncated
    case timedOut

    /// The status code of the answer that refuses a request with this fault (RFC 9110, section 15).
    package var status: Int {
        switch self {
        case .malformedRequestLine, .malformedStatusLine, .malformedFieldName, .malformedFieldValue,
            .bareCarriageReturn, .bareLineFeed, .obsoleteFolding,
            .malformedContentLength, .duplicateContentLength, .malformedTransferEncoding, .duplicateTransferEncoding,
            .transferEncodingWithContentLength, .transferEncodingInHTTP10, .malformedChunk, .chunkExtensionsTooLarge,
            .missingHost, .duplicateHost, .malformedHost, .hostMismatch, .malformedConnection,
            .connectionNominatesProtected, .malformedTarget, .malformedPercentEncoding, .ambiguousPath,
            .switchingProtocols, .tooManyInterimResponses, .contentNotAllowed, .unsolicitedResponse, .truncated:
            400
        case .timedOut: 408
        case .contentTooLarge: 413
        case .targetTooLong: 414
        case .unmetExpectation: 417
        case .headTooLarge, .tooManyFields, .trailersTooLarge: 431
        case .unsupportedMethod, .unsupportedTransferCoding: 501
        case .unsupportedVersion: 505
        }
    }

    /// A stable name for metrics, audit records and error bodies.
    package var code: StaticString {
        switch self {
        case .malformedRequestLine: "malformed_request_line"
        case .malformedStatusLine: "malformed_status_line"
        case .malformedFieldName: "malformed_field_name"
        case .malformedFieldValue: "malformed_field_value"
        case .bareCarriageReturn: "bare_carriage_return"
        case .bareLineFeed: "bare_line_feed"
        case .obsoleteFolding: "obsolete_folding"
        case .unsupportedVersion: "unsupported_version"
        case .unsupportedMethod: "unsupported_method"
        case .targetTooLong: "target_too_long"
        case .headTooLarge: "head_too_large"
        case .tooManyFields: "too_many_fields"
        case .trailersTooLarge: "trailers_too_large"
        case .contentTooLarge: "content_too_large"
        case .malformedContentLength: "malformed_content_length"
        case .duplicateContentLength: "duplicate_content_length"
        case .malformedTransferEncoding: "malformed_transfer_encoding"
        case .duplicateTransferEncoding: "duplicate_transfer_encoding"
        case .unsupportedTransferCoding: "unsupported_transfer_coding"
        case .transferEncodingWithContentLength: "transfer_encoding_with_content_length"
        case .transferEncodingInHTTP10: "transfer_encoding_in_http10"
        case .malformedChunk: "malformed_chunk"
        case .chunkExtensionsTooLarge: "chunk_extensions_too_large"
        case .missingHost: "missing_host"
        case .duplicateHost: "duplicate_host"
        case .malformedHost: "malformed_host"
        case .hostMismatch: "host_mismatch"
        case .malformedConnection: "malformed_connection"
        case .connectionNominatesProtected: "connection_nominates_protected"
        case .unmetExpectation: "unmet_expectation"
        case .malformedTarget: "malformed_target"
        case .malformedPercentEncoding: "malformed_percent_encoding"
        case .ambiguousPath: "ambiguous_path"
        case .switchingProtocols: "switching_protocols"
        case .tooManyInterimResponses: "too_many_interim_responses"
        case .contentNotAllowed: "content_not_allowed"
        case .unsolicitedResponse: "unsolicited_response"
        case .truncated: "truncated"
        case .timedOut: "timed_out"
        }
    }
}
