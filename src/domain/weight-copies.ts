/** Names of what the engine keeps in the cache folder, for whoever clears up there. */

/** `<source>-<content>.safetensors`: a float32 copy of a half-precision checkpoint. Other files of the folder are none of these. */
export const FLOAT32_COPY = /^[0-9a-f]{32}-[0-9a-f]{32}\.safetensors$/;
