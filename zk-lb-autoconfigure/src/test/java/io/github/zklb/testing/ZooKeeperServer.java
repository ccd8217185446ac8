package io.github.zklb.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A real ZooKeeper that a test can stop and start again at the same address with the same data. */
public interface ZooKeeperServer extends AutoCloseable {

    /** Where clients connect, {@code host:port}. */
    String connectString();

    /** Stops the server; its data stay. */
    void stop();

    /** Starts the server again. */
    void restart();

    @Override
    void close();

    /** What the server answers to a four-letter command. */
    default String ask(String command) {
        String[] address = connectString().split(":");
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address[0], Integer.parseInt(address[1])), 5_000);
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(command.getBytes(StandardCharsets.US_ASCII));
            InputStream answer = socket.getInputStream();
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("ZooKeeper at " + connectString() + " does not answer " + command, e);
        }
    }
}
