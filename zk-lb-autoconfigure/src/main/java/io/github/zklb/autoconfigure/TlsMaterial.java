package io.github.zklb.autoconfigure;

import io.github.zklb.zookeeper.ClientTls;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslOptions;

/** Takes out of an SSL bundle what a ZooKeeper client needs. */
final class TlsMaterial {

    private TlsMaterial() {}

    static ClientTls.Material of(SslBundle bundle) {
        SslOptions options = bundle.getOptions();
        String keyPassword = bundle.getKey().getPassword();
        return new ClientTls.Material(
                bundle.createSslContext(),
                bundle.getStores().getKeyStore(),
                keyPassword == null ? bundle.getStores().getKeyStorePassword() : keyPassword,
                bundle.getKey().getAlias(),
                bundle.getStores().getTrustStore(),
                list(options.getEnabledProtocols()),
                list(options.getCiphers()));
    }

    private static List<String> list(String @Nullable [] values) {
        return List.of(Objects.requireNonNullElse(values, new String[0]));
    }
}
