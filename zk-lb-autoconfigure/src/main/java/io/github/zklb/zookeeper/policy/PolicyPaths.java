package io.github.zklb.zookeeper.policy;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.codec.PercentEncoding;
import io.github.zklb.policy.OverlayNode;
import org.apache.curator.utils.ZKPaths;
import org.jspecify.annotations.Nullable;

/**
 * Where operators' nodes stand.
 *
 * @param root the path of all of them, a namespace included
 */
record PolicyPaths(String root) {

    /**
     * The paths below a root.
     *
     * @param namespace the namespace of the client; null if it has none
     * @throws InvalidSettingException if it is no path of a node, or ZooKeeper's own root
     */
    static PolicyPaths of(@Nullable String namespace, String root) {
        if (!root.matches("(/[A-Za-z0-9._-]+)+") || root.matches(".*/\\.{1,2}(/.*)?")) {
            throw new InvalidSettingException(
                    "policy.root", "the path of a node of its own, such as /zk-lb,", "'" + root + "'");
        }
        return new PolicyPaths(ZKPaths.fixForNamespace(namespace, root));
    }

    /** The directory of the directories of overlays. */
    String overlays() {
        return root + "/overlays";
    }

    String overlays(String directory) {
        return overlays() + '/' + directory;
    }

    /** The directory of the policies, each of which has the name of its service's directory. */
    String policies() {
        return root + "/policy";
    }

    /** The directory in which a node stands, or which it is, or whose service's policy it is; empty for those above all directories. */
    String directoryOf(String path) {
        String[] below = path.substring(Math.min(path.length(), root.length())).split("/", 4);
        return below.length > 2 ? below[2] : "";
    }

    /** A service's id as the name of one node. */
    static String directory(String serviceId) {
        String encoded = PercentEncoding.of(serviceId, PolicyPaths::isPlain);
        return encoded.equals(OverlayNode.ALL) || encoded.matches("\\.{1,2}")
                ? PercentEncoding.of(serviceId, octet -> isPlain(octet) && octet != '_' && octet != '.')
                : encoded;
    }

    private static boolean isPlain(int octet) {
        return octet >= 'a' && octet <= 'z'
                || octet >= 'A' && octet <= 'Z'
                || octet >= '0' && octet <= '9'
                || octet == '-'
                || octet == '_'
                || octet == '.';
    }
}
