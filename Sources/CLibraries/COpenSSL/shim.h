#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
// What the tests forge tokens with.
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdint.h>

/// An RSA public key out of its big-endian modulus and exponent (EVP_PKEY_fromdata), to be freed with EVP_PKEY_free;
/// null if OpenSSL does not take them.
static inline EVP_PKEY *copenssl_rsa_public_key(
    const uint8_t *modulus, int modulus_count, const uint8_t *exponent, int exponent_count) {
    EVP_PKEY *key = NULL;
    BIGNUM *n = BN_bin2bn(modulus, modulus_count, NULL);
    BIGNUM *e = BN_bin2bn(exponent, exponent_count, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *parameters = NULL;
    if (n && e && builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n)
        && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e)) {
        parameters = OSSL_PARAM_BLD_to_param(builder);
    }
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (parameters && context && EVP_PKEY_fromdata_init(context) == 1
        && EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    ERR_clear_error();
    return key;
}

/// Whether `signature` is the RSASSA-PKCS1-v1_5 signature (RFC 8017 section 8.2.2) of `message`: 1, else 0. The padding
/// is set and not left to a default, so that no key can bring another one along.
static inline int copenssl_verify_pkcs1(
    EVP_PKEY *key, const EVP_MD *digest, const uint8_t *message, size_t message_count, const uint8_t *signature,
    size_t signature_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters = NULL;
    int is_valid = context && EVP_DigestVerifyInit(context, &parameters, digest, NULL, key) == 1
        && EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PADDING) == 1
        && EVP_DigestVerify(context, signature, signature_count, message, message_count) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return is_valid;
}

/// SHA-256 of `bytes`; false if the library cannot (out of memory).
static inline int copenssl_sha256(const void *bytes, size_t count, uint8_t digest[32]) {
    return EVP_Digest(bytes, count, digest, NULL, EVP_sha256(), NULL);
}
