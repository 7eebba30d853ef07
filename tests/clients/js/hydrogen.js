// Hydrogen's own start (its src/main.js) with the parts that its package brings; nothing of the client is changed.
import { createNavigation, createRouter, FeatureSet, Platform, RootViewModel } from "hydrogen-view-sdk";
import "hydrogen-view-sdk/theme-element-light.css";

const assetPaths = {
  downloadSandbox: "download-sandbox.html",
  worker: "worker.js",
  serviceWorker: "sw.js",
  olm: { wasm: "olm.wasm", legacyBundle: "olm_legacy.js", wasmBundle: "olm.js" },
};
const platform = new Platform({
  container: document.body,
  assetPaths,
  config: { themeManifests: [], defaultTheme: {} },
  options: { development: false },
});
await platform.init();
const navigation = createNavigation();
platform.setNavigation(navigation);
const urlRouter = createRouter({ navigation, history: platform.history });
urlRouter.attach();
const features = await FeatureSet.load(platform.settingsStorage);
const root = new RootViewModel({ platform, urlRouter, navigation, features });
await root.load();
platform.createAndMountRootView(root);
