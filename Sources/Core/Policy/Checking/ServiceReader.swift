import StrictCoding

/// Reads `services`.
enum ServiceReader {
    static func read(_ name: ByteString, _ field: Field, _ report: inout Report) -> DownstreamService? {
        guard let section = Section(field, PolicyKeys.service, &report) else { return nil }
        let url = section["url"]?.url(&report)
        let mode = section["mode"]?.choice(PolicyWords.serviceMode, &report)
        guard let url, let mode else { return nil }
        return DownstreamService(name: name, url: url, mode: mode)
    }
}
