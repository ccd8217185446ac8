package io.github.zklb.testing;

import java.time.Duration;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.util.ClassUtils;

/**
 * Gives each application of a test Reactor Netty's resources of its own. With the global ones, the first application that
 * closes ends the connections of all others in the process, of which a user has but one.
 */
final class OwnReactorResources implements ApplicationContextInitializer<GenericApplicationContext> {

    private static final String FACTORY = "org.springframework.http.client.ReactorResourceFactory";

    @Override
    public void initialize(GenericApplicationContext context) {
        if (!ClassUtils.isPresent(FACTORY, context.getClassLoader())) {
            return;
        }
        context.registerBean(ReactorResourceFactory.class, () -> {
            ReactorResourceFactory resources = new ReactorResourceFactory();
            resources.setUseGlobalResources(false);
            resources.setShutdownQuietPeriod(Duration.ZERO); // no request of a test comes after its end
            return resources;
        });
    }
}
