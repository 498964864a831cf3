//! `#[derive(Element)]` of `ndcodec`, behind its feature `derive`.
#![forbid(unsafe_code)]

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Fields, LitStr, parse_macro_input};

/// Makes a `#[repr(C)]` struct the element of a structured dtype, whose fields have the names and offsets of the struct's, or
/// an enum the element of its integer.
///
/// The type must implement `NoUninit` and `CheckedBitPattern` of `bytemuck`, or its `Pod`. Each field is an element itself; one
/// that is an array, such as `[f32; 3]`, becomes a sub-array.
///
/// - `#[element(name = "…")]` on a field gives it another name.
/// - `#[element(padding)]` on a field leaves it out of the dtype: its bytes are padding there.
/// - `#[element(crate = "…")]` on the type says where `ndcodec` is, if it has another name.
#[proc_macro_derive(Element, attributes(element))]
pub fn derive_element(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let settings = Settings::of(&input.attrs, Place::Type)?;
    let krate = match settings.krate {
        Some(path) => path.parse::<syn::Path>()?,
        None => syn::parse_quote!(::ndcodec),
    };
    let body = match &input.data {
        Data::Struct(data) => structure(&data.fields, &krate)?,
        Data::Enum(_) => {
            let repr = integer_repr(&input.attrs)?.ok_or_else(|| {
                syn::Error::new(
                    input.ident.span(),
                    "an enum that is an element needs `#[repr(u8)]` or another integer",
                )
            })?;
            quote! { <#repr as #krate::dtype::Element>::dtype() }
        }
        Data::Union(_) => {
            return Err(syn::Error::new(input.ident.span(), "a union is not an element of an array"));
        }
    };
    let (generics, arguments, condition) = input.generics.split_for_impl();
    let name = &input.ident;
    Ok(quote! {
        impl #generics #krate::dtype::Element for #name #arguments #condition {
            fn dtype() -> #krate::dtype::DType {
                #body
            }
        }
    })
}

/// The dtype of a struct.
fn structure(fields: &Fields, krate: &syn::Path) -> syn::Result<TokenStream> {
    let mut listed = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let settings = Settings::of(&field.attrs, Place::Field)?;
        if settings.is_padding {
            continue;
        }
        let (member, default_name) = match &field.ident {
            Some(name) => (quote!(#name), name.to_string().trim_start_matches("r#").to_owned()),
            None => {
                let index = syn::Index::from(index);
                (quote!(#index), format!("f{}", index.index))
            }
        };
        let name = settings.name.map_or(default_name, |name| name.value());
        let of = &field.ty;
        listed.push(quote_spanned! { field.ty.span() =>
            #krate::dtype::element_field::<#of>(#name, ::core::mem::offset_of!(Self, #member))
        });
    }
    Ok(quote! {
        #krate::dtype::element_struct(
            ::std::vec![#(#listed),*],
            ::core::mem::size_of::<Self>(),
            ::core::any::type_name::<Self>(),
        )
    })
}

/// What stands in `#[element(…)]`.
#[derive(Default)]
struct Settings {
    name: Option<LitStr>,
    krate: Option<LitStr>,
    is_padding: bool,
}

/// Where an attribute stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Type,
    Field,
}

impl Settings {
    fn of(attributes: &[Attribute], place: Place) -> syn::Result<Self> {
        let mut settings = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("element")) {
            attribute.parse_nested_meta(|meta| {
                if place == Place::Field && meta.path.is_ident("name") {
                    settings.name = Some(meta.value()?.parse()?);
                } else if place == Place::Field && meta.path.is_ident("padding") {
                    settings.is_padding = true;
                } else if place == Place::Type && meta.path.is_ident("crate") {
                    settings.krate = Some(meta.value()?.parse()?);
                } else {
                    let known = match place {
                        Place::Type => "`crate = \"…\"`",
                        Place::Field => "`name = \"…\"` or `padding`",
                    };
                    return Err(meta.error(format!("expected {known}")));
                }
                Ok(())
            })?;
        }
        Ok(settings)
    }
}

/// The integer of `#[repr(u8)]`.
fn integer_repr(attributes: &[Attribute]) -> syn::Result<Option<syn::Ident>> {
    const INTEGERS: [&str; 8] = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        attribute.parse_nested_meta(|meta| {
            if let Some(integer) = INTEGERS.into_iter().find(|integer| meta.path.is_ident(integer)) {
                found = Some(syn::Ident::new(integer, Span::call_site()));
            } else if meta.input.peek(syn::token::Paren) {
                let inside;
                syn::parenthesized!(inside in meta.input);
                inside.parse::<TokenStream>()?;
            }
            Ok(())
        })?;
    }
    Ok(found)
}
