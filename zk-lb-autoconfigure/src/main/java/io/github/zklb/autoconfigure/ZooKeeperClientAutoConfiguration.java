package io.github.zklb.autoconfigure;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.zookeeper.ClientAuthentication;
import io.github.zklb.zookeeper.ClientSecurity;
import io.github.zklb.zookeeper.ClientTls;
import org.apache.curator.framework.CuratorFramework;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
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
        ClientTls tls = new ClientTls(name, TlsMaterial.of(known.getBundle(name)));
        known.addBundleUpdateHandler(name, bundle -> tls.update(TlsMaterial.of(bundle)));
        return tls;
    }

    @Bean
    ClientSecurity zkLbClientSecurity(ZooKeeperProperties properties, ObjectProvider<ClientTls> tls) {
        String auth = properties.auth();
        return new ClientSecurity(auth == null ? null : ClientAuthentication.parse(auth), tls.getIfAvailable());
    }

    @Bean
    ClientSecurityCustomizer zkLbClientSecurityCustomizer(
            ClientSecurity security, ObjectProvider<CuratorFramework> clients) {
        return new ClientSecurityCustomizer(security, clients);
    }

    @Bean
    @ConditionalOnProperty(name = "zk-lb.zookeeper.whole-tree-watch", havingValue = "false")
    static WholeTreeWatchRemoval zkLbWholeTreeWatchRemoval() {
        return new WholeTreeWatchRemoval();
    }
}
