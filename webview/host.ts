/** The page's end of the line to the extension host. */

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** Typed by what the page sends and what it gets; `Saved` survives hiding the page and reloading the window. */
export class Host<Out, In extends { readonly type: string }, Saved extends object> {
  readonly #api = acquireVsCodeApi();

  send(message: Out): void {
    this.#api.postMessage(message);
  }

  /** Messages with another shape than `{ type }` are not from our host and are dropped. */
  listen(types: readonly In['type'][], listener: (message: In) => void): void {
    window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== 'object' || data === null || !('type' in data)) return;
      if (types.some((type) => type === data.type)) listener(data as In);
    });
  }

  get saved(): Partial<Saved> {
    const state = this.#api.getState();
    return typeof state === 'object' && state !== null ? state : {};
  }

  save(change: Partial<Saved>): void {
    this.#api.setState({ ...this.saved, ...change });
  }
}
