// swift-tools-version: 6.1
import PackageDescription

// The manifest is the architecture diagram: one line per room, with its arrows. Arrows point one way:
// Core knows nothing of Shell, Shell rooms know Core and HTTPWire but not each other, App wires them.
// `scripts/check-arrows` makes the sources keep to it.

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let embedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

func core(_ name: String, _ arrows: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: arrows, path: "Sources/Core/\(name)", swiftSettings: settings)
}
func shell(_ name: String, _ arrows: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: arrows, path: "Sources/Shell/\(name)", swiftSettings: settings)
}
func app(_ name: String, _ arrows: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: arrows, path: "Sources/App/\(name)", swiftSettings: settings)
}
func tests(_ room: String, _ arrows: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(room)Tests", dependencies: arrows, path: "Tests/\(room)Tests", exclude: exclude,
        swiftSettings: settings)
}

let package = Package(
    name: "bulla",
    products: [.executable(name: "bulla", targets: ["BullaCommand"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "CSpawn", path: "Sources/System/CSpawn"),
        .systemLibrary(name: "COpenSSL", path: "Sources/System/COpenSSL", providers: [.apt(["libssl-dev"])]),

        core("StrictCoding", []),
        core("Crypto", ["COpenSSL"]),
        core("JOSE", ["StrictCoding", "Crypto"]),
        core("Identity", ["StrictCoding", "Crypto", "JOSE"]),
        core("AuditProof", ["StrictCoding", "Crypto"]),
        core("HTTPCodec", ["StrictCoding"]),
        core("MCP", ["StrictCoding"]),
        core("Policy", ["StrictCoding", "Crypto", yams]),
        core("Admission", ["StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "MCP", "Policy"]),
        core("Delegation", ["StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "Policy", "Admission"]),

        shell("HTTPWire", ["StrictCoding", "HTTPCodec"] + nio),
        shell("TLS", ["StrictCoding", "Crypto", "COpenSSL", "HTTPWire"] + nio),
        shell(
            "DataPlane",
            [
                "StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "MCP", "Policy", "Admission", "Delegation",
                "HTTPWire",
            ] + nio),
        shell(
            "OAuthClients",
            ["StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "Policy", "Admission", "Delegation"]),
        shell("Stores", ["StrictCoding", "Crypto", "JOSE", "Identity", "Policy", "Admission", "Delegation"]),
        shell("Audit", ["StrictCoding", "Crypto", "AuditProof", "Admission", "Delegation", "Identity"]),
        shell("AuditReading", ["StrictCoding", "AuditProof"]),
        shell("Launch", ["StrictCoding", "Crypto", "Identity", "Policy", "CSpawn"]),
        shell("Admin", ["StrictCoding", "HTTPWire"]),

        app(
            "Gateway",
            [
                "StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "MCP", "Policy", "Admission",
                "Delegation", "HTTPWire", "TLS", "DataPlane", "OAuthClients", "Stores", "Launch", "Audit", "Admin", log,
                lifecycle,
            ] + nio),
        app("Demo", ["StrictCoding", "Crypto", "JOSE", "HTTPCodec", "HTTPWire"] + nio),
        .executableTarget(
            name: "BullaCommand",
            dependencies: [
                "StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "AuditProof", "Policy", "Stores", "HTTPWire",
                "TLS", "AuditReading", "Gateway", "Demo", log, lifecycle, arguments,
            ] + nio,
            path: "Sources/App/BullaCommand", swiftSettings: settings),

        // The wire layer and its pools as a plain proxy, to be measured against others; never part of `bulla`.
        .executableTarget(
            name: "PlainProxy", dependencies: ["StrictCoding", "HTTPCodec", "HTTPWire"] + nio,
            path: "Benchmarks/PlainProxy", swiftSettings: settings),
        // What a record of the audit log costs, and logs to try readers on.
        .executableTarget(
            name: "AuditCost",
            dependencies: [
                "StrictCoding", "Crypto", "JOSE", "AuditProof", "Identity", "HTTPCodec", "MCP", "Policy", "Admission",
                "Delegation", "Audit", "TestSupport",
            ],
            path: "Benchmarks/AuditCost", swiftSettings: settings),
        // One function per parser that takes bytes from strangers; `make fuzz` links them with libFuzzer.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "MCP", "Policy", "Admission", "Delegation",
                "AuditProof", "HTTPWire", "TLS", "OAuthClients", embedded,
            ] + nio,
            path: "Fuzz/Targets", swiftSettings: settings),
        tests("Fuzz", ["FuzzTargets"]),
        .target(
            name: "TestSupport",
            dependencies: ["StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "Policy", "Admission"],
            path: "Tests/TestSupport", swiftSettings: settings),
        tests("StrictCoding", ["StrictCoding"]),
        tests("Crypto", ["StrictCoding", "Crypto"], exclude: ["Vectors"]),
        tests("JOSE", ["StrictCoding", "Crypto", "JOSE"], exclude: ["Vectors"]),
        tests("Identity", ["StrictCoding", "Crypto", "JOSE", "Identity"], exclude: ["Vectors"]),
        tests("AuditProof", ["StrictCoding", "Crypto", "AuditProof"]),
        tests("HTTPCodec", ["StrictCoding", "HTTPCodec"], exclude: ["Vectors"]),
        tests("MCP", ["StrictCoding", "MCP"]),
        tests("Policy", ["StrictCoding", "Crypto", "Policy"], exclude: ["Cases"]),
        tests(
            "Admission",
            [
                "StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "MCP", "Policy", "Admission", "TestSupport",
            ]),
        tests(
            "Delegation",
            [
                "StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "Policy", "Admission", "Delegation",
                "TestSupport",
            ]),
        .testTarget(
            name: "Scenarios",
            dependencies: [
                "StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "MCP", "Policy", "Admission", "Delegation",
                "AuditProof", "HTTPWire", "DataPlane", "Audit", "TestSupport", embedded,
            ] + nio,
            path: "Tests/Scenarios", swiftSettings: settings),
        tests("HTTPWire", ["StrictCoding", "HTTPCodec", "HTTPWire", "TestSupport", embedded] + nio),
        tests("TLS", ["StrictCoding", "Crypto", "HTTPCodec", "HTTPWire", "TLS", "TestSupport"] + nio),
        tests(
            "OAuthClients",
            [
                "StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "Policy", "Admission", "Delegation",
                "OAuthClients", "TestSupport",
            ]),
        tests(
            "Stores",
            ["StrictCoding", "Crypto", "JOSE", "Identity", "Policy", "Admission", "Delegation", "Stores"]),
        tests("Launch", ["StrictCoding", "Crypto", "Identity", "Policy", "Launch", "CSpawn"]),
        tests(
            "Audit",
            ["StrictCoding", "Crypto", "AuditProof", "Identity", "Policy", "Admission", "Delegation", "Audit"]),
        tests("AuditReading", ["StrictCoding", "Crypto", "AuditProof", "AuditReading"]),
        tests("Admin", ["StrictCoding", "HTTPCodec", "HTTPWire", "Admin"]),
        .testTarget(
            name: "LoopbackTests",
            dependencies: [
                "StrictCoding", "Crypto", "JOSE", "Identity", "HTTPCodec", "Policy", "Delegation", "HTTPWire", "TLS",
                "Gateway", "TestSupport", log, lifecycle,
            ] + nio,
            path: "Tests/Loopback", swiftSettings: settings),
        tests(
            "BullaCommand",
            [
                "StrictCoding", "Crypto", "JOSE", "AuditProof", "Policy", "Stores", "AuditReading", "Demo",
                "BullaCommand",
            ]),
        tests("Demo", ["StrictCoding", "Crypto", "JOSE", "HTTPCodec", "HTTPWire", "Demo"] + nio),
    ]
)
