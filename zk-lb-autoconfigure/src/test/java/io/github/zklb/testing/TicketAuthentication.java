package io.github.zklb.testing;

import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.auth.AuthenticationProvider;
import org.apache.zookeeper.server.auth.ProviderRegistry;

/** An authentication scheme that the ZooKeeper servers of this process know, or do not know, as a test has it. */
public final class TicketAuthentication implements AuthenticationProvider {

    /** The name of the scheme. */
    public static final String SCHEME = "ticket";

    private static final String PROPERTY = ProviderRegistry.AUTHPROVIDER_PROPERTY_PREFIX + SCHEME;

    /** Servers accept the scheme from now on. */
    public static void learn() {
        System.setProperty(PROPERTY, TicketAuthentication.class.getName());
        ProviderRegistry.addOrUpdateProvider(PROPERTY);
    }

    /** Servers refuse the scheme from now on. */
    public static void forget() {
        System.clearProperty(PROPERTY);
        ProviderRegistry.removeProvider(SCHEME);
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public Code handleAuthentication(ServerCnxn connection, byte[] secret) {
        connection.addAuthInfo(new Id(SCHEME, "holder"));
        return Code.OK;
    }

    @Override
    public boolean matches(String id, String aclExpression) {
        return id.equals(aclExpression);
    }

    @Override
    public boolean isAuthenticated() {
        return true;
    }

    @Override
    public boolean isValid(String id) {
        return true;
    }
}
