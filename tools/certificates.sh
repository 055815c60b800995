# Read by step.sh: which certificate authorities downloads trust, decided once and said in the words of each tool.
# What you set counts; else the system's own store, which has the authority of a proxy where the tools' built-in lists don't. pip before
# 24.2, uv and npm look into built-in lists; Java has a store of its own, which tools/trust_store.py makes of the same file.
for _bundle in "${SSL_CERT_FILE:-}" "${REQUESTS_CA_BUNDLE:-}" "${PIP_CERT:-}" "${CURL_CA_BUNDLE:-}" \
    /etc/ssl/certs/ca-certificates.crt /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem /etc/pki/tls/certs/ca-bundle.crt \
    /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
    [ -n "$_bundle" ] && [ -s "$_bundle" ] && [ -r "$_bundle" ] || continue
    SSL_CERT_FILE=${SSL_CERT_FILE:-$_bundle}
    # pip reads it too, and after an option or a `cert` of its own configuration.
    REQUESTS_CA_BUNDLE=${REQUESTS_CA_BUNDLE:-$_bundle}
    NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$_bundle}
    export SSL_CERT_FILE REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS
    break
done
