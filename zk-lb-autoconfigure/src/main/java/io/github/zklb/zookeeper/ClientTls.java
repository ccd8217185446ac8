package io.github.zklb.zookeeper;

import io.github.zklb.Message;
import io.github.zklb.store.OwnerOnlyFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.ClientX509Util;
import org.jspecify.annotations.Nullable;

/**
 * The TLS of a ZooKeeper client. ZooKeeper reads keys and certificates from files only: they are written to a temporary
 * directory that only the owner can read, under a random password, and are deleted at the end. Thread-safe.
 */
public final class ClientTls implements AutoCloseable {

    private static final String KEYS = "keys.p12";
    private static final String TRUST = "trust.p12";

    private final String bundle;
    private final Path directory;
    private final String password;
    private volatile Material material;

    /**
     * Writes the files.
     *
     * @param bundle the name of the SSL bundle, for messages
     * @param material what is in it
     */
    public ClientTls(String bundle, Material material) {
        this.bundle = bundle;
        this.material = material;
        this.password = UUID.randomUUID().toString(); // of a cryptographically strong generator
        try {
            this.directory = Files.createTempDirectory("zk-lb-tls-");
        } catch (IOException e) {
            throw new UncheckedIOException(
                    Message.AN_SSL_BUNDLE_THAT_CANNOT_BE_USED.of("no place for the keys of the SSL bundle " + bundle),
                    e);
        }
        write(material);
    }

    /**
     * Keys, certificates and options.
     *
     * @param context makes TLS connections with all of this
     * @param keyStore the client's key and certificate, if it shows one
     * @param keyPassword the password of the key, if it has one
     * @param alias which key it is, if there are several
     * @param trustStore the certificates of those whom the client trusts; without, those that Java trusts
     * @param protocols the TLS versions, or null for ZooKeeper's own
     * @param ciphers the cipher suites, or null for ZooKeeper's own
     */
    public record Material(
            SSLContext context,
            @Nullable KeyStore keyStore,
            @Nullable String keyPassword,
            @Nullable String alias,
            @Nullable KeyStore trustStore,
            @Nullable Set<String> protocols,
            @Nullable Set<String> ciphers) {}

    /** Takes other keys and certificates, which count from the next connection on. */
    public void update(Material next) {
        write(next);
        material = next;
    }

    /** What hinders a TLS connection to a server, in words; empty if there is none, or if it is not TLS. */
    Optional<String> trouble(String host, int port) {
        Material current = material;
        return new TlsProbe(bundle, current.context(), current.keyStore()).trouble(host, port);
    }

    void applyTo(ZKClientConfig config) {
        Material current = material;
        config.setProperty(ZKClientConfig.SECURE_CLIENT, "true");
        config.setProperty(ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET, "org.apache.zookeeper.ClientCnxnSocketNetty");
        try (ClientX509Util names = new ClientX509Util()) {
            config.setProperty(names.getSslKeystoreLocationProperty(), file(KEYS, current.keyStore()));
            config.setProperty(names.getSslKeystorePasswdProperty(), password);
            config.setProperty(names.getSslKeystoreTypeProperty(), "PKCS12");
            config.setProperty(names.getSslTruststoreLocationProperty(), file(TRUST, current.trustStore()));
            config.setProperty(names.getSslTruststorePasswdProperty(), password);
            config.setProperty(names.getSslTruststoreTypeProperty(), "PKCS12");
            if (current.protocols() != null) {
                config.setProperty(names.getSslEnabledProtocolsProperty(), String.join(",", current.protocols()));
            }
            if (current.ciphers() != null) {
                config.setProperty(names.getSslCipherSuitesProperty(), String.join(",", current.ciphers()));
            }
        }
    }

    /** Deletes the files. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(directory.resolve(KEYS));
        Files.deleteIfExists(directory.resolve(TRUST));
        Files.deleteIfExists(directory);
    }

    private void write(Material from) {
        try {
            write(KEYS, from.keyStore(), from.alias(), from.keyPassword());
            write(TRUST, from.trustStore(), null, null);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(
                    Message.AN_SSL_BUNDLE_THAT_CANNOT_BE_USED.of(
                            "the SSL bundle " + bundle + " cannot be used: " + e.getMessage()),
                    e);
        }
    }

    /** Copies the one key that is named, or all. */
    private void write(String name, @Nullable KeyStore from, @Nullable String only, @Nullable String keyPassword)
            throws IOException, GeneralSecurityException {
        if (from == null) {
            return;
        }
        KeyStore copy = KeyStore.getInstance("PKCS12");
        copy.load(null, null);
        for (String alias : only == null ? Collections.list(from.aliases()) : List.of(only)) {
            if (name.equals(TRUST)) {
                copy.setCertificateEntry(alias, Objects.requireNonNull(from.getCertificate(alias)));
            } else if (from.isKeyEntry(alias)) {
                Key key = from.getKey(alias, keyPassword == null ? new char[0] : keyPassword.toCharArray());
                copy.setKeyEntry(alias, key, password.toCharArray(), from.getCertificateChain(alias));
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        copy.store(bytes, password.toCharArray());
        OwnerOnlyFiles.replace(directory.resolve(name), bytes.toByteArray());
    }

    private String file(String name, @Nullable KeyStore content) {
        return content == null ? "" : directory.resolve(name).toString();
    }
}
