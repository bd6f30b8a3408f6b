/// `gateway` as it was read; the policy takes it apart.
struct GatewaySettings {
    var publicURL: HTTPURL?
    var listen = Listen()
    var tlsTerminatedUpstream = false
    var tls = ListenerTLS()
    var keys = KeySettings()
    var envelope = EnvelopeSettings()
    var audit = AuditSettings()
    var limits = Limits()
}
