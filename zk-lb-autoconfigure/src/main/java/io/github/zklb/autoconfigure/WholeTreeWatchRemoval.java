package io.github.zklb.autoconfigure;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.cloud.zookeeper.discovery.ZookeeperServiceWatch;

/** Removes the bean that watches all services, before it is created. */
final class WholeTreeWatchRemoval implements BeanFactoryPostProcessor {

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        if (beans instanceof BeanDefinitionRegistry registry) {
            for (String name : beans.getBeanNamesForType(ZookeeperServiceWatch.class, true, false)) {
                registry.removeBeanDefinition(name);
            }
        }
    }
}
