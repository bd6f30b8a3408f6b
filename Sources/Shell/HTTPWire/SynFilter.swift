import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps new connections away from a listening socket that is about to close, and lets those that have begun come to
/// it: closing resets whatever the kernel still holds for the socket.
///
/// A client whose first packet is dropped sends it again a second later, and by then another socket has the port, or
/// none has. Where the system has no socket filters, new connections are not kept away.
enum SynFilter {
    /// One instruction of a classic BPF program, as in `struct sock_filter`.
    private struct Instruction {
        var code: UInt16
        var jumpIfTrue: UInt8 = 0
        var jumpIfFalse: UInt8 = 0
        var operand: UInt32
    }

    /// As `struct sock_fprog`.
    private struct Program {
        var length: UInt16
        var instructions: UnsafePointer<Instruction>
    }

    /// The filter sees a segment from its TCP header on, whose octet 13 has the flags.
    private static let dropsBareSyn: [Instruction] = [
        Instruction(code: 0x30, operand: 13),  // load the flags
        Instruction(code: 0x54, operand: 0x12),  // keep SYN and ACK
        Instruction(code: 0x15, jumpIfFalse: 1, operand: 0x02),  // SYN without ACK opens a connection
        Instruction(code: 0x06, operand: 0),  // drop
        Instruction(code: 0x06, operand: .max),  // let in
    ]

    static func attach(to socket: NIOBSDSocket.Handle) {
        #if os(Linux)
            dropsBareSyn.withUnsafeBufferPointer { instructions in
                guard let first = instructions.baseAddress else { return }
                var program = Program(length: UInt16(instructions.count), instructions: first)
                // Without it a few connections are reset, as they would be without this filter.
                _ = setsockopt(
                    socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, socklen_t(MemoryLayout<Program>.size))
            }
        #endif
    }

    /// Whether the kernel holds a connection that nobody has accepted.
    static func hasQueue(_ socket: NIOBSDSocket.Handle) -> Bool {
        var query = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, 0) > 0
    }
}
