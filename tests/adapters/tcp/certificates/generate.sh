#!/bin/sh
# Makes the certificates of the TLS tests anew. Their keys protect nothing.
set -eu
cd "$(dirname "$0")"
openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl req -x509 -new -key ca.key -subj "/CN=Prox test CA" -days 36500 -out ca.pem

issue() { # name, alternative names, start, end
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$1" -out request.csr
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=%s\n' "$2" > ca.conf
  : > index.txt
  echo 01 > serial
  openssl ca -batch -notext -config ca.conf -cert ca.pem -keyfile ca.key \
    -startdate "$3" -enddate "$4" -in request.csr -out "$1.pem"
}

issue server DNS:up.test,IP:127.0.0.1 20200101000000Z 21200101000000Z
issue expired DNS:up.test,IP:127.0.0.1 20200101000000Z 20200102000000Z
issue client DNS:prox.test 20200101000000Z 21200101000000Z
rm -f ca.key request.csr ca.conf index.txt* serial* 0*.pem
