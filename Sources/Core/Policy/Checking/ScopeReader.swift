import StrictCoding

/// Reads `scopes`.
enum ScopeReader {
    static func read(_ named: NamedFields, _ vocabulary: Vocabulary, _ report: inout Report) -> ScopeHierarchy {
        let known = vocabulary.scopes.union(named.names)
        var implications: [ByteString: [ByteString]] = [:]
        var places: [ByteString: Place] = [:]
        for (scope, field) in named.fields {
            guard let section = Section(field, PolicyKeys.scope, &report) else { continue }
            places[scope] = field.origin
            implications[scope] = section["implies"]?.distinctSome(&report) { target($0, known: known, &$1) }
            if !vocabulary.scopes.contains(scope) {
                report.warning(
                    field.origin, "no server declares scope \(Quotation.of(scope)), so no client is told to ask for it",
                    help: Suggestion.help(for: scope, among: vocabulary.scopes))
            }
        }
        let count = implications.values.reduce(0) { $0 + $1.count }
        guard count <= ScopeHierarchy.mostImplications else {
            report.error(
                named.fields.first?.field.origin ?? .start,
                "`scopes` has more than \(ScopeHierarchy.mostImplications) implications")
            return ScopeHierarchy()
        }
        let hierarchy = ScopeHierarchy(implications)
        for circle in hierarchy.circles() {
            report.error(
                places[circle[0]] ?? .start,
                "scopes imply each other in a circle: \(circle.map(Quotation.of).joined(separator: ", then "))",
                help: "a scope may imply narrower ones only")
        }
        return hierarchy
    }

    private static func target(_ field: Field, known: Set<ByteString>, _ report: inout Report) -> ByteString? {
        guard let scope = field.scope(&report) else { return nil }
        guard known.contains(scope) else {
            report.error(
                field.place, "\(field.quotedPath) is scope \(Quotation.of(scope)), which no server declares",
                help: Suggestion.help(for: scope, among: known) ?? "declare it under `scopes` of a server")
            return nil
        }
        return scope
    }
}
