const UTF8 = "; charset=utf-8";

/** Extensions by media type; text gets its charset, JSON and XML declare theirs by themselves. */
const EXTENSIONS: readonly (readonly [type: string, extensions: string])[] = [
  [`text/html${UTF8}`, "html htm"],
  [`text/css${UTF8}`, "css"],
  [`text/javascript${UTF8}`, "js mjs cjs"],
  [`text/plain${UTF8}`, "txt text log conf ini toml env"],
  [`text/markdown${UTF8}`, "md markdown"],
  [`text/csv${UTF8}`, "csv"],
  [`text/tab-separated-values${UTF8}`, "tsv"],
  [`text/vtt${UTF8}`, "vtt"],
  [`text/calendar${UTF8}`, "ics"],
  [`text/vcard${UTF8}`, "vcf"],
  ["application/json", "json map"],
  ["application/ld+json", "jsonld"],
  ["application/geo+json", "geojson"],
  ["application/x-ndjson", "ndjson jsonl"],
  ["application/manifest+json", "webmanifest"],
  ["application/yaml", "yaml yml"],
  ["application/xml", "xml xsl xsd"],
  ["application/xhtml+xml", "xhtml"],
  ["application/rss+xml", "rss"],
  ["application/atom+xml", "atom"],
  ["application/wasm", "wasm"],
  ["application/pdf", "pdf"],
  ["application/rtf", "rtf"],
  ["application/epub+zip", "epub"],
  ["application/zip", "zip"],
  ["application/gzip", "gz tgz"],
  ["application/zstd", "zst"],
  ["application/x-tar", "tar"],
  ["application/x-bzip2", "bz2"],
  ["application/x-xz", "xz"],
  ["application/x-7z-compressed", "7z"],
  ["application/vnd.rar", "rar"],
  ["application/java-archive", "jar"],
  ["application/vnd.android.package-archive", "apk"],
  ["application/vnd.debian.binary-package", "deb"],
  ["application/vnd.apple.mpegurl", "m3u8"],
  ["application/dash+xml", "mpd"],
  ["application/msword", "doc"],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"],
  ["application/vnd.ms-excel", "xls"],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"],
  ["application/vnd.ms-powerpoint", "ppt"],
  ["application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"],
  ["application/vnd.oasis.opendocument.text", "odt"],
  ["application/vnd.oasis.opendocument.spreadsheet", "ods"],
  ["image/png", "png"],
  ["image/apng", "apng"],
  ["image/jpeg", "jpg jpeg"],
  ["image/gif", "gif"],
  ["image/webp", "webp"],
  ["image/avif", "avif"],
  ["image/jxl", "jxl"],
  ["image/heic", "heic"],
  ["image/svg+xml", "svg"],
  ["image/x-icon", "ico"],
  ["image/bmp", "bmp"],
  ["image/tiff", "tif tiff"],
  ["font/woff", "woff"],
  ["font/woff2", "woff2"],
  ["font/ttf", "ttf"],
  ["font/otf", "otf"],
  ["font/collection", "ttc"],
  ["application/vnd.ms-fontobject", "eot"],
  ["audio/mpeg", "mp3"],
  ["audio/mp4", "m4a"],
  ["audio/aac", "aac"],
  ["audio/ogg", "oga ogg opus"],
  ["audio/flac", "flac"],
  ["audio/wav", "wav"],
  ["audio/midi", "mid midi"],
  ["audio/webm", "weba"],
  ["video/mp4", "mp4 m4v"],
  ["video/webm", "webm"],
  ["video/ogg", "ogv"],
  ["video/quicktime", "mov"],
  ["video/x-matroska", "mkv"],
  ["video/x-msvideo", "avi"],
  ["video/mpeg", "mpeg mpg"],
  ["video/mp2t", "ts"],
  ["model/gltf+json", "gltf"],
  ["model/gltf-binary", "glb"],
];

const UNKNOWN = "application/octet-stream";

const BY_EXTENSION = new Map(
  EXTENSIONS.flatMap(([type, extensions]) =>
    extensions.split(" ").map((extension): [string, string] => [extension, type]),
  ),
);

/** Types whose format is compressed by itself, so that nobody stores a compressed variant. */
const COMPRESSED =
  /^(?:video|audio\/(?!wav|midi)|image\/(?!svg|bmp|x-icon|tiff)|font\/woff|application\/(?:zip|gzip|zstd|epub|java-archive|x-bzip2|x-xz|x-7z|vnd\.(?:rar|android|debian|openxml|oasis)))/;

const COMPRESSED_TYPES = new Set(
  EXTENSIONS.map(([type]) => type).filter((type) => COMPRESSED.test(type)),
);

/** Names the media type of a file by its extension; `application/octet-stream` where it is unknown. */
export function mediaType(name: string): string {
  const dot = name.lastIndexOf(".");
  if (dot <= name.lastIndexOf("/") + 1) return UNKNOWN;
  return BY_EXTENSION.get(name.slice(dot + 1).toLowerCase()) ?? UNKNOWN;
}

/** Tells whether files of a type may gain from compression, so that precompressed variants are looked for. */
export function isCompressible(type: string): boolean {
  return !COMPRESSED_TYPES.has(type);
}
