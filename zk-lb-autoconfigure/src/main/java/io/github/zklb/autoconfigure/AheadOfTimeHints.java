package io.github.zklb.autoconfigure;

import java.util.stream.Stream;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.TypeReference;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotContribution;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Tells what is used by reflection: the properties that are bound by hand, and the errors that properties name. ZooKeeper's
 * content is read as a tree, which needs none.
 */
final class AheadOfTimeHints implements BeanFactoryInitializationAotProcessor {

    @Override
    public BeanFactoryInitializationAotContribution processAheadOfTime(ConfigurableListableBeanFactory beans) {
        ZkLbProperties properties =
                Binder.get(beans.getBean(Environment.class)).bindOrCreate("zk-lb", ZkLbProperties.class);
        return (context, code) -> register(context.getRuntimeHints(), properties);
    }

    static void register(RuntimeHints hints, ZkLbProperties properties) {
        BindableRuntimeHintsRegistrar.forTypes(
                        ZkLbProperties.class,
                        ServiceProperties.class,
                        EagerProperties.class,
                        HttpServiceGroups.Group.class)
                .registerHints(hints);
        errorTypes(properties).forEach(type -> hints.reflection().registerType(TypeReference.of(type.trim())));
    }

    private static Stream<String> errorTypes(ZkLbProperties properties) {
        return Stream.concat(
                        Stream.of(properties.load()),
                        properties.services().values().stream().map(ServiceProperties::load))
                .flatMap(load -> load.errorTypes().stream());
    }
}
