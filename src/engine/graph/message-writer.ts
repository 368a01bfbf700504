/** Protocol Buffers wire format, writing only: varints, 32-bit floats, length-delimited fields. */

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

const text = new TextEncoder();

export class MessageWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  int(field: number, value: number): void {
    this.#key(field, WIRE_VARINT);
    this.#varint(value);
  }

  float(field: number, value: number): void {
    this.#key(field, WIRE_FIXED32);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#push(bytes);
  }

  string(field: number, value: string): void {
    this.raw(field, text.encode(value));
  }

  raw(field: number, bytes: Uint8Array): void {
    this.#key(field, WIRE_BYTES);
    this.#varint(bytes.length);
    this.#push(bytes);
  }

  /** A finished nested message. */
  message(field: number, nested: MessageWriter): void {
    this.#key(field, WIRE_BYTES);
    this.#varint(nested.#length);
    for (const part of nested.#parts) this.#push(part);
  }

  bytes(): Uint8Array {
    const result = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      result.set(part, at);
      at += part.length;
    }
    return result;
  }

  #key(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  /** Seven bits a byte, lowest first; a negative number is written as its 64-bit two's complement. */
  #varint(value: number): void {
    if (!Number.isSafeInteger(value)) throw new Error(`${value} is not an integer that ONNX can hold`);
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    while (rest > 127n) {
      bytes.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#push(Uint8Array.from(bytes));
  }

  #push(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}
