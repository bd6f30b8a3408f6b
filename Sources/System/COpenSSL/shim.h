// The parts of OpenSSL 3 (libssl, libcrypto) that Bulla speaks to. Macros that Swift cannot import get an inline function here.
#ifndef BULLA_COPENSSL_SHIM_H
#define BULLA_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/tls1.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

static inline int bulla_ctx_set_min_version(SSL_CTX *ctx, int version) {
    return (int)SSL_CTX_set_min_proto_version(ctx, version);
}

static inline int bulla_ctx_set_groups(SSL_CTX *ctx, const char *groups) {
    return (int)SSL_CTX_set1_groups_list(ctx, groups);
}

static inline int bulla_ctx_set_signature_algorithms(SSL_CTX *ctx, const char *list) {
    return (int)SSL_CTX_set1_sigalgs_list(ctx, list);
}

// What both sides have in common: no renegotiation, no compression, buffers only while there is something in them.
static inline void bulla_ctx_harden(SSL_CTX *ctx) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_clear_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_read_ahead(ctx, 0);
}

// The server's order of ciphers counts, except that a client without AES in hardware gets ChaCha20.
static inline void bulla_ctx_prefer_server(SSL_CTX *ctx) {
    SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
}

static inline void bulla_ctx_set_session_cache(SSL_CTX *ctx, long mode) {
    SSL_CTX_set_session_cache_mode(ctx, mode);
}

static inline void bulla_ctx_set_max_cert_list(SSL_CTX *ctx, long bytes) { SSL_CTX_set_max_cert_list(ctx, bytes); }

static inline int bulla_ctx_add_chain_certificate(SSL_CTX *ctx, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(ctx, certificate);
}

static inline int bulla_ctx_new_index(void) { return SSL_CTX_get_ex_new_index(0, 0, 0, 0, 0); }

static inline int bulla_ssl_new_index(void) { return SSL_get_ex_new_index(0, 0, 0, 0, 0); }

static inline int bulla_ssl_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline void bulla_ssl_set_message_callback(
    SSL *ssl, void (*callback)(int, int, int, const void *, size_t, SSL *, void *), void *context) {
    SSL_set_msg_callback(ssl, callback);
    SSL_set_msg_callback_arg(ssl, context);
}

static inline void bulla_bio_set_retry_read(BIO *bio) {
    BIO_clear_retry_flags(bio);
    BIO_set_retry_read(bio);
}

static inline void bulla_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline int bulla_err_reason(unsigned long error) { return ERR_GET_REASON(error); }

static inline int bulla_err_library(unsigned long error) { return ERR_GET_LIB(error); }

// The names of a certificate's subjectAltName extension; they stay valid as long as the list.
static inline int bulla_general_names_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }

static inline void bulla_general_names_free(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }

static inline int bulla_general_name(const GENERAL_NAMES *names, int index, const unsigned char **bytes, int *count) {
    int kind = -1;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, index), &kind);
    if (kind == GEN_DNS || kind == GEN_IPADD) {
        *bytes = ASN1_STRING_get0_data(value);
        *count = ASN1_STRING_length(value);
    }
    return kind;
}

// Prepares both contexts of a session ticket (RFC 5077, section 4): AES-256-CBC and HMAC-SHA-256, keys of 32 bytes.
static inline int bulla_ticket_prepare(
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, const unsigned char *cipher_key, const unsigned char *mac_key,
    const unsigned char *iv, int encrypting) {
    OSSL_PARAM parameters[3];
    parameters[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)mac_key, 32);
    parameters[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0);
    parameters[2] = OSSL_PARAM_construct_end();
    return EVP_MAC_CTX_set_params(mac, parameters) == 1 &&
           EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, cipher_key, iv, encrypting) == 1;
}

#endif
