package io.github.zklb.testing;

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
        return FourLetters.ask(address[0], Integer.parseInt(address[1]), command);
    }
}
