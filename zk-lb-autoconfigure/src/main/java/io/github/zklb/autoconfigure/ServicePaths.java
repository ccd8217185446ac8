package io.github.zklb.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.springframework.cloud.zookeeper.discovery.dependency.ZookeeperDependencies;

/**
 * Where the services stand in ZooKeeper: below the discovery root, at the path of an alias or else under the id.
 *
 * @param root the discovery root, with or without a slash at either end
 * @param dependencies the aliases, if there are any
 */
record ServicePaths(String root, @Nullable ZookeeperDependencies dependencies) {

    ServicePaths {
        root = withSlashInFrontOnly(root);
    }

    String of(String serviceId) {
        String alias = dependencies == null ? "" : dependencies.getPathForAlias(serviceId);
        return root + withSlashInFrontOnly(alias.isEmpty() ? serviceId : alias);
    }

    /** The directory of all services. */
    String directory() {
        return root.isEmpty() ? "/" : root;
    }

    private static String withSlashInFrontOnly(String path) {
        String inner = path.replaceAll("^/+|/+$", "");
        return inner.isEmpty() ? "" : '/' + inner;
    }
}
