package io.github.zklb.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Certificates that the JDK's keytool makes in a directory: an authority, and whom it signs. */
public final class Certificates {

    /** The password of every store and key. */
    public static final String PASSWORD = "changeit";

    /**
     * How often a password is hashed before it opens a store, which both ends do for each connection. These stores guard
     * nothing, and thousands of rounds take longer than all else in a test of TLS.
     */
    private static final List<String> ROUNDS = Stream.of("keyPbe", "certPbe", "mac")
            .map(what -> "keystore.pkcs12." + what + "IterationCount")
            .toList();

    static {
        ROUNDS.forEach(property -> System.setProperty(property, "1"));
    }

    private final Path directory;
    private final Path all;

    /** Makes an authority. */
    public Certificates(Path directory) {
        this.directory = directory;
        this.all = directory.resolve("all.p12");
        keytool("-genkeypair", "-alias", "authority", "-dname", "CN=authority", "-ext", "bc:c");
    }

    /** A store with a key and a certificate for this machine that is valid, or was until some days ago. */
    public Path keyStore(String name, boolean expired) {
        return keyStore(name, expired, "dns:localhost,ip:127.0.0.1");
    }

    /** A store with a key and a valid certificate for another machine. */
    public Path keyStoreOf(String name, String host) {
        return keyStore(name, false, "dns:" + host);
    }

    private Path keyStore(String name, boolean expired, String hosts) {
        List<String> options = new ArrayList<>(List.of("-genkeypair", "-alias", name, "-signer", "authority"));
        options.addAll(List.of("-dname", "CN=" + name, "-ext", "san=" + hosts));
        options.addAll(expired ? List.of("-startdate", "-10d", "-validity", "5") : List.of("-validity", "5"));
        keytool(options.toArray(String[]::new));
        return save(
                name,
                store -> store.setKeyEntry(
                        name,
                        load().getKey(name, PASSWORD.toCharArray()),
                        PASSWORD.toCharArray(),
                        load().getCertificateChain(name)));
    }

    /** A store with the certificate of the authority. */
    public Path trustStore() {
        return save("trust", store -> store.setCertificateEntry("authority", load().getCertificate("authority")));
    }

    private interface Filling {
        void fill(KeyStore store) throws GeneralSecurityException, IOException;
    }

    private Path save(String name, Filling filling) {
        Path file = directory.resolve(name + ".p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            filling.fill(store);
            store.store(out, PASSWORD.toCharArray());
            return file;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot write " + file, e);
        }
    }

    private KeyStore load() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(all)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private void keytool(String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        ROUNDS.forEach(property -> command.add("-J-D" + property + "=1"));
        command.addAll(List.of("-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(options));
        command.addAll(List.of("-keyalg", "EC", "-keystore", all.toString(), "-storepass", PASSWORD));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command + ": " + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
