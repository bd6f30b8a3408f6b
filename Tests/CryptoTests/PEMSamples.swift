/// Private keys made for these tests and used nowhere else.
enum PEMSamples {
    /// A P-256 key in the form of SEC 1.
    static let sec1 = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIMPB/AbIvBuVo76W/eIHIjDPxOjcycAHWgyabWr/XOrRoAoGCCqGSM49
        AwEHoUQDQgAEOKqdZDiYG5t2KpTb16sdN1MBUCltwMExwZPmlFSTUKPs7yYBGKYh
        2hAU/xeSc6Max5EMwdjgKB3dTomKQdUHTw==
        -----END EC PRIVATE KEY-----

        """

    /// The same key with the public point of another.
    static let foreignPublicKey = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIMPB/AbIvBuVo76W/eIHIjDPxOjcycAHWgyabWr/XOrRoAoGCCqGSM49
        AwEHoUQDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/
        m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
        -----END EC PRIVATE KEY-----

        """

    /// A P-256 key under the passphrase `x`.
    static let encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiQLXe0D3g3bwICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEIA0eMmcjtPsegiAo5323M4EgZB4
        ydHQZLM3LG+J7AyU9EpjriuMSVoRf7XfkaDYJYklh82x6JzcJ3VbhIe74XMu2rI5
        bVQME2e3wR6+CMdvTOHHKx3fYFegH+jSn8++uhxwTpMw6vZfR3cd2rIePT1gwuFv
        M/31fJoI22ToNpDmueKDRkDWGA5xxbUKcYuCTk/qBWNG+s06FRTHQ5XkgB3lTyE=
        -----END ENCRYPTED PRIVATE KEY-----

        """

    /// A key on P-384.
    static let p384 = """
        -----BEGIN PRIVATE KEY-----
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDKc73LU0DhA6bcXh9u
        +Gn0dHRE98JEax5qm7g92449Ups+BhfPNbkjlPk0GI6CgmWhZANiAATOev/91bcp
        aXYUWqXKRY2Izoc7mjgCMTjGsscrCjXqFpirECFDXa2HLwsF16Vsdf9mYzqvNt/8
        Y5RMETnfDPzM+BjC3l5Zxx67BvsOTkJqjOW6zh84D5WC/ZLTZIJitlE=
        -----END PRIVATE KEY-----

        """

    /// An Ed25519 key.
    static let ed25519 = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEILUZ3PN12KQT0EFAG+aVezRAiyKagNpu59/b2P/AHcIn
        -----END PRIVATE KEY-----

        """
}
