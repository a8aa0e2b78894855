#!/bin/sh
# compile.sh CLANG STRIP SOURCE OBJECT DEPFILE FLAGS...: compiles one BPF program
# and removes its DWARF, which clang writes only as the source of its BTF.
set -eu
clang=$1 strip=$2 source=$3 object=$4 depfile=$5
shift 5
"$clang" "$@" -MD -MF "$depfile" -MT "$object" -c "$source" -o "$object"
"$strip" -g "$object"
