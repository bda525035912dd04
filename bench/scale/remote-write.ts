/** Writes many samples of many series into Prometheus: its remote write 1.0 protocol, which names a series once for all its samples. */

/** One series with its samples, oldest first. */
export interface WrittenSeries {
  /** Label names and values in turn, sorted by name. */
  readonly labels: readonly string[];
  readonly atMillis: readonly number[];
  readonly values: readonly number[];
}

const MAX_BODY_BYTES = 4 * 1_024 * 1_024;
const MAX_LITERAL_BYTES = 65_536;
const VARINT = 0;
const DOUBLE = 1;
const BYTES = 2;

/** Collects series into requests, and sends each as it fills up. */
export class RemoteWriter {
  readonly #url: string;
  readonly #buffer = Buffer.allocUnsafe(MAX_BODY_BYTES + 1_024 * 1_024);
  #length = 0;
  /** Samples sent so far. */
  samples = 0;

  constructor(prometheusUrl: string) {
    this.#url = `${prometheusUrl}/api/v1/write`;
  }

  /** Adds a series; resolves when there is room for the next one. */
  async add(series: WrittenSeries): Promise<void> {
    if (series.values.length === 0) return;
    const body = encodeSeries(series);
    this.#length = tag(this.#buffer, this.#length, 1, BYTES);
    this.#length = varint(this.#buffer, this.#length, body.length);
    this.#length += body.copy(this.#buffer, this.#length);
    this.samples += series.values.length;
    if (this.#length > MAX_BODY_BYTES) await this.flush();
  }

  /** Sends what is collected. */
  async flush(): Promise<void> {
    if (this.#length === 0) return;
    const response = await fetch(this.#url, {
      method: "POST",
      headers: {
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
        "x-prometheus-remote-write-version": "0.1.0",
      },
      body: snappy(this.#buffer.subarray(0, this.#length)),
    });
    this.#length = 0;
    if (!response.ok) throw new Error(`${this.#url} answered ${response.status}: ${await response.text()}`);
  }
}

const scratch = Buffer.allocUnsafe(1_024 * 1_024);

function encodeSeries({ labels, atMillis, values }: WrittenSeries): Buffer {
  let at = 0;
  for (let index = 0; index < labels.length; index += 2) {
    const name = labels[index] ?? "";
    const value = labels[index + 1] ?? "";
    const nameBytes = Buffer.byteLength(name);
    const valueBytes = Buffer.byteLength(value);
    at = tag(scratch, at, 1, BYTES);
    at = varint(scratch, at, 2 + varintBytes(nameBytes) + nameBytes + varintBytes(valueBytes) + valueBytes);
    at = tag(scratch, at, 1, BYTES);
    at = varint(scratch, at, nameBytes);
    at += scratch.write(name, at);
    at = tag(scratch, at, 2, BYTES);
    at = varint(scratch, at, valueBytes);
    at += scratch.write(value, at);
  }
  for (const [index, value] of values.entries()) {
    const millis = atMillis[index] ?? 0;
    at = tag(scratch, at, 2, BYTES);
    at = varint(scratch, at, 1 + 8 + 1 + varintBytes(millis));
    at = tag(scratch, at, 1, DOUBLE);
    at = scratch.writeDoubleLE(value, at);
    at = tag(scratch, at, 2, VARINT);
    at = varint(scratch, at, millis);
  }
  return scratch.subarray(0, at);
}

function tag(buffer: Buffer, at: number, field: number, wireType: number): number {
  return buffer.writeUInt8(field * 8 + wireType, at);
}

function varint(buffer: Buffer, at: number, value: number): number {
  let rest = value;
  let end = at;
  while (rest >= 128) {
    end = buffer.writeUInt8((rest % 128) + 128, end);
    rest = Math.floor(rest / 128);
  }
  return buffer.writeUInt8(rest, end);
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

/** Snappy's block format with literals alone: valid, and nothing is spent on compression. */
function snappy(data: Buffer): Buffer {
  const literals = Math.ceil(data.length / MAX_LITERAL_BYTES);
  const out = Buffer.allocUnsafe(10 + data.length + literals * 3);
  let at = varint(out, 0, data.length);
  for (let from = 0; from < data.length; from += MAX_LITERAL_BYTES) {
    const literal = data.subarray(from, from + MAX_LITERAL_BYTES);
    at = out.writeUInt8(61 * 4, at);
    at = out.writeUInt16LE(literal.length - 1, at);
    at += literal.copy(out, at);
  }
  return out.subarray(0, at);
}
