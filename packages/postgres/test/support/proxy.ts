import { connect, createServer, type Server, type Socket } from 'node:net';

/** Passes bytes on to a server, until it is told to hold them back: then a connection is open on one side only. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #near = new Set<Socket>();
  #isFrozen = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on a port of its own, before the server of a URL. */
  static async start(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new TcpProxy(createServer((socket) => proxy.#pass(socket, hostname, Number(port || 5432))));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The URL with this in place of the server. */
  urlOf(url: string): string {
    const address = this.#server.address();
    const through = new URL(url);
    through.host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    return through.href;
  }

  /** Ends the connections that there are for the clients; the server goes on with what it has, and learns of it later. */
  cut(): void {
    for (const socket of this.#near) {
      socket.removeAllListeners('close');
      socket.destroy();
    }
    this.#near.clear();
  }

  /** Nothing passes any more on connections that there are, in either direction; new ones work. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.removeAllListeners('data');
      socket.pause();
    }
  }

  /** Nor do new ones. */
  freezeAll(): void {
    this.#isFrozen = true;
    this.freeze();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(near: Socket, host: string, port: number): void {
    if (this.#isFrozen) {
      this.#keep(near);
      return;
    }
    const far = connect({ host, port });
    this.#near.add(near);
    near.on('close', () => this.#near.delete(near));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#keep(one);
      one.on('data', (data) => other.write(data));
      one.on('close', () => other.destroy());
    }
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
