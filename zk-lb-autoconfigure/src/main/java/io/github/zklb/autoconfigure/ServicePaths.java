package io.github.zklb.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.springframework.cloud.zookeeper.discovery.dependency.ZookeeperDependencies;

/** Where a service stands in ZooKeeper: below the discovery root, at the path of its alias or else under its id. */
final class ServicePaths {

    private final String root;
    private final @Nullable ZookeeperDependencies dependencies;

    ServicePaths(String root, @Nullable ZookeeperDependencies dependencies) {
        this.root = withSlashInFrontOnly(root);
        this.dependencies = dependencies;
    }

    String of(String serviceId) {
        String alias = dependencies == null ? "" : dependencies.getPathForAlias(serviceId);
        return root + withSlashInFrontOnly(alias.isEmpty() ? serviceId : alias);
    }

    private static String withSlashInFrontOnly(String path) {
        String inner = path.replaceAll("^/+|/+$", "");
        return inner.isEmpty() ? "" : '/' + inner;
    }
}
