package io.github.zklb.autoconfigure;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.autoconfigure.properties.ZooKeeperProperties;
import io.github.zklb.zookeeper.ClientAuthentication;
import io.github.zklb.zookeeper.ClientSecurity;
import io.github.zklb.zookeeper.ClientTls;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.cloud.zookeeper.CuratorFrameworkCustomizer;
import org.springframework.cloud.zookeeper.ZookeeperAutoConfiguration;
import org.springframework.cloud.zookeeper.discovery.ZookeeperServiceWatch;
import org.springframework.context.annotation.Bean;

/**
 * Secures Spring Cloud Zookeeper's client and takes its watch over all services out, as the properties below {@code
 * zk-lb.zookeeper} say. Independent of {@code zk-lb.enabled}: a client does not become insecure because the balancer is
 * another one.
 */
@AutoConfiguration(before = ZookeeperAutoConfiguration.class, after = SslAutoConfiguration.class)
@ConditionalOnClass({CuratorFrameworkCustomizer.class, ZookeeperServiceWatch.class})
@EnableConfigurationProperties(ZooKeeperProperties.class)
public final class ZooKeeperClientAutoConfiguration {

    @Bean
    @ConditionalOnProperty("zk-lb.zookeeper.ssl.bundle")
    ClientTls zkLbClientTls(ZooKeeperProperties properties, ObjectProvider<SslBundles> bundles) {
        String name = String.valueOf(properties.ssl().bundle());
        SslBundles known = bundles.getIfAvailable();
        if (known == null || !known.getBundleNames().contains(name)) {
            throw new InvalidSettingException(
                    "zookeeper.ssl.bundle",
                    "the name of an SSL bundle below spring.ssl.bundle, of which there are "
                            + (known == null ? "none" : known.getBundleNames()),
                    name);
        }
        ClientTls tls = new ClientTls(name, material(known.getBundle(name)));
        known.addBundleUpdateHandler(name, bundle -> tls.update(material(bundle)));
        return tls;
    }

    @Bean
    ClientSecurity zkLbClientSecurity(ZooKeeperProperties properties, ObjectProvider<ClientTls> tls) {
        String auth = properties.auth();
        return new ClientSecurity(auth == null ? null : ClientAuthentication.parse(auth), tls.getIfAvailable());
    }

    @Bean
    SecurityCustomizer zkLbClientSecurityCustomizer(ClientSecurity security, ObjectProvider<CuratorFramework> clients) {
        return new SecurityCustomizer(security, clients);
    }

    /** Removes the bean that watches all services, before it is created. */
    @Bean
    @ConditionalOnProperty(name = "zk-lb.zookeeper.whole-tree-watch", havingValue = "false")
    static BeanFactoryPostProcessor zkLbWholeTreeWatchRemoval() {
        return beans -> {
            if (beans instanceof BeanDefinitionRegistry registry) {
                for (String name : beans.getBeanNamesForType(ZookeeperServiceWatch.class, true, false)) {
                    registry.removeBeanDefinition(name);
                }
            }
        };
    }

    /** What a ZooKeeper client needs of an SSL bundle. */
    private static ClientTls.Material material(SslBundle bundle) {
        SslOptions options = bundle.getOptions();
        String keyPassword = bundle.getKey().getPassword();
        return new ClientTls.Material(
                bundle.createSslContext(),
                bundle.getStores().getKeyStore(),
                keyPassword == null ? bundle.getStores().getKeyStorePassword() : keyPassword,
                bundle.getKey().getAlias(),
                bundle.getStores().getTrustStore(),
                SslOptions.asSet(options.getEnabledProtocols()),
                SslOptions.asSet(options.getCiphers()));
    }

    /**
     * Applies the security settings to the client that Spring Cloud Zookeeper builds. Where somebody else built the client,
     * they cannot be applied: the application does not start then, rather than to talk without them.
     */
    static final class SecurityCustomizer implements CuratorFrameworkCustomizer, SmartInitializingSingleton {

        private final ClientSecurity security;
        private final ObjectProvider<CuratorFramework> clients;
        private volatile CuratorFrameworkFactory.@Nullable Builder builder;

        SecurityCustomizer(ClientSecurity security, ObjectProvider<CuratorFramework> clients) {
            this.security = security;
            this.clients = clients;
        }

        @Override
        public void customize(CuratorFrameworkFactory.Builder client) {
            security.applyTo(client);
            builder = client;
        }

        /** What built the client, unless somebody else did. */
        CuratorFrameworkFactory.@Nullable Builder builder() {
            return builder;
        }

        @Override
        public void afterSingletonsInstantiated() {
            if (!security.equals(ClientSecurity.NONE)
                    && clients.stream().findAny().isPresent()
                    && builder == null) {
                throw new InvalidSettingException(
                        security.tls() == null ? "zookeeper.auth" : "zookeeper.ssl.bundle",
                        "unset, since the CuratorFramework is not built by Spring Cloud Zookeeper's auto-configuration but"
                                + " by the application, or by spring.config.import=zookeeper:; secure it there",
                        "set");
            }
        }
    }
}
