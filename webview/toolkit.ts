/** The only file that knows the UI toolkit: pages use the element names below, so another library can take its place here. */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextArea,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';

/** Defines vscode-button, vscode-dropdown, vscode-option, vscode-text-area and vscode-text-field. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeTextArea(),
    vsCodeTextField(),
  );
}

/** What the pages use of a control that holds a value. */
export interface ValueControl extends HTMLElement {
  value: string;
}
