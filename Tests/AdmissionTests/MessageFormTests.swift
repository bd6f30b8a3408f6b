import HTTPCodec
import TestSupport
import Testing

@testable import Admission

/// In which form a message must arrive.
@Suite struct MessageFormTests {
    static let table: [(fields: [String], code: String?)] = [
        (["Content-Type: application/json"], nil),
        (["Content-Type: Application/JSON;charset=UTF-8"], nil),
        (["Content-Type: application/json ; charset=\"utf-8\""], nil),
        (["Content-Type: application/json", "Content-Encoding: identity"], nil),
        ([], "content_type_not_json"),
        (["Content-Type:"], "content_type_not_json"),
        (["Content-Type: text/plain"], "content_type_not_json"),
        (["Content-Type: application/json-patch+json"], "content_type_not_json"),
        (["Content-Type: application/json; charset=utf-16"], "content_type_not_json"),
        (["Content-Type: application/json; charset=utf-8; x=y"], "content_type_not_json"),
        (["Content-Type: application/json;"], "content_type_not_json"),
        (["Content-Type: application/json, text/plain"], "content_type_not_json"),
        (["Content-Type: application/json", "Content-Type: application/json"], "content_type_not_json"),
        (["Content-Type: application/json", "Content-Encoding: gzip"], "content_encoded"),
        (["Content-Type: application/json", "Content-Encoding: identity, gzip"], "content_encoded"),
        (["Content-Type: application/json", "Content-Encoding: identity", "Content-Encoding: br"], "content_encoded"),
        (["Content-Type: application/json", "Content-Encoding:"], "content_encoded"),
    ]

    @Test(arguments: table) func aMessageIsPlainJSON(fields: [String], code: String?) throws {
        let head = try RequestHead.parsing(
            (["POST / HTTP/1.1", "Host: x"] + fields + ["", ""]).joined(separator: "\n"))
        do throws(Refusal) {
            try MessageForm.check(head.fields)
            #expect(code == nil)
        } catch {
            #expect(error.code == code)
        }
    }

    static let methods: [(head: String, method: EndpointMethod?, code: String?)] = [
        ("POST / HTTP/1.1\nContent-Length: 2", .post, nil), ("POST / HTTP/1.1", .post, nil),
        ("GET / HTTP/1.1", .get, nil),
        ("DELETE / HTTP/1.1", .delete, nil), ("GET / HTTP/1.1\nContent-Length: 0", .get, nil),
        ("GET / HTTP/1.1\nContent-Length: 2", nil, "body_not_expected"),
        ("DELETE / HTTP/1.1\nTransfer-Encoding: chunked", nil, "body_not_expected"),
        ("PUT / HTTP/1.1", nil, "method_not_served"), ("PATCH / HTTP/1.1", nil, "method_not_served"),
        ("HEAD / HTTP/1.1", nil, "method_not_served"), ("OPTIONS / HTTP/1.1", nil, "method_not_served"),
        ("TRACE / HTTP/1.1", nil, "method_not_served"), ("post / HTTP/1.1", nil, "method_not_served"),
    ]

    @Test(arguments: methods) func anEndpointKnowsThreeMethods(head: String, method: EndpointMethod?, code: String?)
        throws
    {
        let head = try RequestHead.parsing(head + "\nHost: x\n\n")
        do throws(Refusal) {
            #expect(try EndpointMethod(head) == method)
        } catch {
            #expect(error.code == code)
        }
    }
}
