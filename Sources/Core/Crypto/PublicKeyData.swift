import COpenSSL

/// Makes an `EVP_PKEY` from the numbers of a public key. The caller owns the result.
enum PublicKeyData {
    static func rsa(modulus: [UInt8], exponent: [UInt8]) throws(CryptoError) -> OpaquePointer {
        let builder = OSSL_PARAM_BLD_new()
        let n = BN_bin2bn(modulus, Int32(modulus.count), nil)
        let e = BN_bin2bn(exponent, Int32(exponent.count), nil)
        defer {
            OSSL_PARAM_BLD_free(builder)
            BN_free(n)
            BN_free(e)
        }
        guard OSSL_PARAM_BLD_push_BN(builder, Parameter.modulus.cString, n) == 1,
            OSSL_PARAM_BLD_push_BN(builder, Parameter.exponent.cString, e) == 1
        else { throw .failed(operation: "OSSL_PARAM_BLD_push_BN") }
        return try key("RSA", OSSL_PARAM_BLD_to_param(builder))
    }

    /// `point` is uncompressed: 4, x, y (SEC 1, section 2.3.3). One that is not on the curve is refused here.
    static func ec(_ curve: Curve, point: [UInt8]) throws(CryptoError) -> OpaquePointer {
        let builder = OSSL_PARAM_BLD_new()
        defer { OSSL_PARAM_BLD_free(builder) }
        // The builder keeps pointers to what it is given until it is asked for the parameters.
        let parameters = point.withUnsafeBufferPointer { point -> UnsafeMutablePointer<OSSL_PARAM>? in
            guard OSSL_PARAM_BLD_push_utf8_string(builder, Parameter.group.cString, curve.groupName.cString, 0) == 1,
                OSSL_PARAM_BLD_push_octet_string(builder, Parameter.publicKey.cString, point.baseAddress, point.count)
                    == 1
            else { return nil }
            return OSSL_PARAM_BLD_to_param(builder)
        }
        return try key("EC", parameters)
    }

    /// The names of `OSSL_PKEY_PARAM_RSA_N`, `…_RSA_E`, `…_GROUP_NAME` and `…_PUB_KEY`.
    private enum Parameter {
        static let modulus: StaticString = "n"
        static let exponent: StaticString = "e"
        static let group: StaticString = "group"
        static let publicKey: StaticString = "pub"
    }

    private static func key(_ type: String, _ parameters: UnsafeMutablePointer<OSSL_PARAM>?) throws(CryptoError)
        -> OpaquePointer
    {
        guard let parameters, let context = EVP_PKEY_CTX_new_from_name(nil, type, nil) else {
            throw .failed(operation: "OSSL_PARAM_BLD_to_param")
        }
        defer {
            OSSL_PARAM_free(parameters)
            EVP_PKEY_CTX_free(context)
        }
        var key: OpaquePointer?
        let publicKey = OSSL_KEYMGMT_SELECT_ALL_PARAMETERS | OSSL_KEYMGMT_SELECT_PUBLIC_KEY
        guard LibCrypto.succeeded(EVP_PKEY_fromdata_init(context)),
            LibCrypto.succeeded(EVP_PKEY_fromdata(context, &key, publicKey, parameters)), let key
        else { throw .invalidKey }
        return key
    }
}
